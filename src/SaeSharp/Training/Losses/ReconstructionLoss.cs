using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Numerics;

namespace SaeSharp.Training.Losses;

/// <summary>Squared error of one decoder tower at one or more nested prefixes of the code, with its whole backward pass.</summary>
/// <remarks>
/// Level l decodes the first w_l latents. Codes meet the table once: a grows from level to level, and since level l' ≥ l sees latent group l too,
/// the group's gradient is the suffix sum Σ_{l' ≥ l} ∂loss_{l'}/∂a.
/// </remarks>
internal sealed class ReconstructionLoss : IDisposable
{
    private readonly Device _device;
    private readonly DecoderTower _tower;
    private readonly Parameter _bias;
    private readonly int _width;
    private readonly int[] _ends;
    private readonly double[] _weights;
    private readonly Matrix?[] _outputGradients;
    private readonly Matrix?[] _innerGradients;
    private Matrix? _inner;
    private int _rows;

    /// <param name="device">Where.</param>
    /// <param name="tower">Table and head.</param>
    /// <param name="bias">b_dec, [1, D].</param>
    /// <param name="ends">Prefix lengths, ascending.</param>
    /// <param name="weights">A weight a level.</param>
    public ReconstructionLoss(Device device, DecoderTower tower, Parameter bias, int[] ends, double[] weights)
    {
        _device = device;
        _tower = tower;
        _bias = bias;
        _width = bias.Value.Columns;
        _ends = ends;
        _weights = weights;
        _outputGradients = new Matrix?[ends.Length];
        _innerGradients = new Matrix?[ends.Length];
    }

    /// <summary>∂loss/∂x̂ of the last level, [B, D]: 2 · weight / B · (x̂ − x).</summary>
    public MatrixView LastGradient => _outputGradients[^1]!.RowRange(0, _rows);

    /// <summary>What <see cref="LastGradient"/> is a multiple of x̂ − x by.</summary>
    public float LastScale { get; private set; }

    /// <summary>a of the last level, [B, W]; for a linear decoder it has become <see cref="LastGradient"/>.</summary>
    public MatrixView Inner => _inner!.RowRange(0, _rows);

    /// <summary>Weighted loss of level <paramref name="level"/> in the last call.</summary>
    public double Loss(int level) => _losses[level];

    private double[] _losses = [];

    /// <summary>Decodes, measures, and adds every gradient: head, table, bias and codes.</summary>
    /// <param name="batch">Codes; their gradients are written, or added to if <paramref name="accumulate"/>.</param>
    /// <param name="values">The value of each entry that is decoded (the codes, or a gate's scores).</param>
    /// <param name="codeGradients">∂loss/∂value, an entry each.</param>
    /// <param name="x">Targets, [B, D].</param>
    /// <param name="accumulate">Whether code gradients are added to.</param>
    /// <param name="trainDecoder">Whether table and bias get a gradient.</param>
    public void Run(CodeBatch batch, ReadOnlySpan<float> values, Span<float> codeGradients, MatrixView x, bool accumulate, bool trainDecoder = true)
    {
        Reserve(x.Rows);
        if (_losses.Length == 0) _losses = new double[_ends.Length];
        for (int level = 0; level < _ends.Length; level++) RunLevel(level, batch.Codes, values, x, trainDecoder);
        for (int level = _ends.Length - 2; level >= 0; level--)
            _device.Axpby(1f, InnerGradient(level + 1), 1f, InnerGradient(level));
        float beta = trainDecoder ? _tower.Table.TakeBeta() : 0f;
        for (int level = 0; level < _ends.Length; level++)
        {
            ColumnRange range = Range(level);
            MatrixView da = InnerGradient(level);
            _device.SDDMM(batch.Codes, da, _tower.Table.Value, codeGradients, range, accumulate ? 1f : 0f);
            if (trainDecoder) _device.SpMMTransposed(batch.Transpose, values, da, _tower.Table.Gradient, range, beta);
        }
    }

    public void Dispose()
    {
        _inner?.Dispose();
        foreach (Matrix? m in _outputGradients) m?.Dispose();
        foreach (Matrix? m in _innerGradients) m?.Dispose();
    }

    private void RunLevel(int level, CsrMatrix codes, ReadOnlySpan<float> values, MatrixView x, bool trainDecoder)
    {
        MatrixView a = _inner!.RowRange(0, _rows);
        MatrixView g = _outputGradients[level]!.RowRange(0, _rows);
        double weight = _weights[level];
        float scale = (float)(2 * weight / _rows);
        bool identity = _tower.Head.IsIdentity;
        _device.SpMM(codes, values, _tower.Table.Value, a, Range(level), level == 0 ? 0f : 1f);
        if (identity)
        {
            if (level == 0) _device.AddRowVector(a, 1f, _bias.Value, a);
            _losses[level] = weight * _device.Residual(a, x, scale, g) / _rows;
        }
        else
        {
            _tower.Head.Forward(a, g);
            _device.AddRowVector(g, 1f, _bias.Value, g);
            _losses[level] = weight * _device.Residual(g, x, scale, g) / _rows;
            _tower.Head.Backward(a, g, InnerGradient(level));
        }

        if (trainDecoder) _device.ColumnSums(g, _bias.Gradient, _bias.TakeBeta());
        LastScale = scale;
    }

    private ColumnRange Range(int level) => new(level == 0 ? 0 : _ends[level - 1], _ends[level]);

    private MatrixView InnerGradient(int level) =>
        (_tower.Head.IsIdentity ? _outputGradients[level]! : _innerGradients[level]!).RowRange(0, _rows);

    private void Reserve(int rows)
    {
        _rows = rows;
        if (_inner is not null && _inner.Rows >= rows) return;
        Dispose();
        int innerWidth = _tower.Head.InnerWidth;
        _inner = _device.Allocate(rows, innerWidth);
        _tower.Head.Reserve(rows);
        for (int level = 0; level < _ends.Length; level++)
        {
            // A linear decoder's last level turns its reconstruction into the gradient in place.
            _outputGradients[level] = _tower.Head.IsIdentity && level == _ends.Length - 1 ? _inner : _device.Allocate(rows, _width);
            if (!_tower.Head.IsIdentity) _innerGradients[level] = _device.Allocate(rows, innerWidth);
        }
    }
}
