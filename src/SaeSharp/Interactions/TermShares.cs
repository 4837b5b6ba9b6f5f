using SaeSharp.Dictionaries;
using SaeSharp.Evaluation;
using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>What each kind of term puts into the reconstruction: linear, pairs, triples, and the self terms apart from both.</summary>
/// <remarks>
/// <para>With power sums s_k = Σ z_i^k u_i^k: pairs of distinct latents decode a² − s₂, triples of distinct latents a³ − 3 s₂a + 2 s₃,
/// z_i²z_j terms 3(s₂a − s₃), so no pair is ever formed. Section 1.4 of the PolySAE spec.</para>
/// <para>Energy Σ‖y_t‖² of terms do not add up (terms may cancel); the share Σ⟨y_t, y⟩ / Σ‖y‖², y = x̂ − b_dec, does: shares sum to 1.</para>
/// </remarks>
public sealed class TermShares : IDisposable
{
    private static readonly (string Name, string Formula)[] Kinds =
    [
        ("linear", "y1 = sum z_i alpha_i"),
        ("pair", "2 lambda2 sum_{i<j} z_i z_j beta_ij"),
        ("pair_self", "lambda2 sum z_i^2 beta_ii"),
        ("triple", "6 lambda3 sum_{i<j<k} z_i z_j z_k gamma_ijk"),
        ("triple_mixed", "3 lambda3 sum_{i!=j} z_i^2 z_j gamma_iij"),
        ("triple_self", "lambda3 sum z_i^3 gamma_iii"),
    ];

    private readonly PolynomialInteractions _interactions;
    private readonly Device _device;
    private readonly Matrix _squaredTable;
    private readonly Matrix? _cubedTable;
    private readonly double[] _energies = new double[Kinds.Length];
    private readonly double[] _overlaps = new double[Kinds.Length];
    private readonly Matrix?[] _terms = new Matrix?[Kinds.Length];
    private Scratch? _scratch;
    private double _total;

    /// <summary>Begins with nothing added.</summary>
    /// <param name="interactions">The decoder.</param>
    public TermShares(PolynomialInteractions interactions)
    {
        _interactions = interactions;
        _device = interactions.Device;
        MatrixView pairs = interactions.PairTable;
        _squaredTable = _device.Allocate(pairs.Rows, pairs.Columns);
        _device.Multiply(pairs, pairs, _squaredTable);
        if (interactions.Order < 3) return;
        MatrixView triples = interactions.TripleTable;
        _cubedTable = _device.Allocate(triples.Rows, triples.Columns);
        _device.Multiply(triples, _squaredTable.LeadingColumns(triples.Columns), _cubedTable);
    }

    /// <summary>Definitions: for each kind of term, <c>share_…</c> and <c>energy_…</c>.</summary>
    public static IReadOnlyList<MetricDefinition> Metrics { get; } =
    [
        .. Kinds.Select(kind => new MetricDefinition($"share_{kind.Name}", $"share {kind.Name}", "", 1, Better.Neither, $"sum <t, y> / sum |y|^2 over tokens, t = {kind.Formula}, y = x_hat - b_dec; the shares sum to 1")),
        .. Kinds.Select(kind => new MetricDefinition($"energy_{kind.Name}", $"energy {kind.Name}", "", 1, Better.Neither, $"sum |t|^2 / sum |y|^2 over tokens, t = {kind.Formula}, y = x_hat - b_dec")),
    ];

    /// <summary>Tokens added.</summary>
    public long Tokens { get; private set; }

    /// <summary>Σ‖x̂ − b_dec‖² over the tokens added.</summary>
    public double TotalEnergy => _total;

    /// <summary>The shares over everything added so far.</summary>
    public IReadOnlyList<MetricValue> Values()
    {
        double[] values = [.. _overlaps.Select(overlap => overlap / _total), .. _energies.Select(energy => energy / _total)];
        return [.. Metrics.Select((metric, i) => new MetricValue(metric, values[i]))];
    }

    /// <summary>Takes a batch in.</summary>
    /// <param name="codes">[B, F]</param>
    public void Add(CsrMatrix codes)
    {
        Scratch s = Reserve(codes.Rows);
        IReadOnlyList<Parameter> maps = _interactions.Head.Maps;
        MatrixView a = s.A.RowRange(0, codes.Rows), s2 = s.S2.RowRange(0, codes.Rows), features = s.Features.RowRange(0, codes.Rows);
        _device.SpMM(codes, codes.ValueSpan, _interactions.Table, a, ColumnRange.All);
        Term(0, a, maps[0], 1);
        _device.SpMM(codes, s.Powers(codes.ValueSpan, 2), _squaredTable, s2, ColumnRange.All);
        MatrixView a2 = a.LeadingColumns(s2.Columns);
        _device.Multiply(a2, a2, features);
        _device.Axpby(-1f, s2, 1f, features);
        Term(1, features, maps[1], _interactions.Lambda2);
        Term(2, s2, maps[1], _interactions.Lambda2);
        if (_cubedTable is not null) AddCubic(codes, a, s2, s);
        Gather(codes.Rows);
        Tokens += codes.Rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _squaredTable.Dispose();
        _cubedTable?.Dispose();
        _scratch?.Dispose();
        foreach (Matrix? term in _terms) term?.Dispose();
    }

    private void AddCubic(CsrMatrix codes, MatrixView a, MatrixView s2, Scratch s)
    {
        int rank = _cubedTable!.Columns;
        Parameter map = _interactions.Head.Maps[2];
        MatrixView s3 = s.S3!.RowRange(0, codes.Rows), product = s.Product!.RowRange(0, codes.Rows), cube = s.Features.RowRange(0, codes.Rows).LeadingColumns(rank);
        MatrixView a3 = a.LeadingColumns(rank);
        _device.SpMM(codes, s.Powers(codes.ValueSpan, 3), _cubedTable, s3, ColumnRange.All);
        _device.Multiply(a3, s2.LeadingColumns(rank), product);
        _device.Multiply(a3, a3, cube);
        _device.Multiply(a3, cube, cube);
        _device.Axpby(-3f, product, 1f, cube);
        _device.Axpby(2f, s3, 1f, cube);
        Term(3, cube, map, _interactions.Lambda3);
        _device.Axpby(-1f, s3, 1f, product);
        Term(4, product, map, 3 * _interactions.Lambda3);
        Term(5, s3, map, _interactions.Lambda3);
    }

    private void Term(int index, MatrixView features, Parameter map, double scale)
    {
        _terms[index] = Room(_terms[index], features.Rows);
        _device.Gemm(GemmShape.NT, features, map.Value, _terms[index]!.RowRange(0, features.Rows), (float)scale);
    }

    private void Gather(int rows)
    {
        MatrixView sum = _scratch!.Sum.RowRange(0, rows);
        _device.Copy(_terms[0]!.RowRange(0, rows), sum);
        for (int i = 1; i < _terms.Length; i++)
            if (_terms[i] is { } term) _device.Axpby(1f, term.RowRange(0, rows), 1f, sum);
        _total += _device.SumOfSquares(sum);
        for (int i = 0; i < _terms.Length; i++)
        {
            if (_terms[i] is not { } term) continue;
            _energies[i] += _device.SumOfSquares(term.RowRange(0, rows));
            _overlaps[i] += _device.Dot(term.RowRange(0, rows), sum);
        }
    }

    private Matrix Room(Matrix? matrix, int rows)
    {
        if (matrix is not null && matrix.Rows >= rows) return matrix;
        matrix?.Dispose();
        return _device.Allocate(rows, _interactions.Width);
    }

    private Scratch Reserve(int rows)
    {
        if (_scratch is null || _scratch.A.Rows < rows)
        {
            _scratch?.Dispose();
            _scratch = new Scratch(_device, rows, _interactions.Table.Columns, _squaredTable.Columns, _cubedTable?.Columns ?? 0, _interactions.Width);
        }

        return _scratch;
    }

    private sealed class Scratch(Device device, int rows, int r1, int r2, int r3, int width) : IDisposable
    {
        private float[] _powers = [];

        public Matrix A { get; } = device.Allocate(rows, r1);

        public Matrix S2 { get; } = device.Allocate(rows, r2);

        public Matrix Features { get; } = device.Allocate(rows, r2);

        public Matrix? S3 { get; } = r3 == 0 ? null : device.Allocate(rows, r3);

        public Matrix? Product { get; } = r3 == 0 ? null : device.Allocate(rows, r3);

        public Matrix Sum { get; } = device.Allocate(rows, width);

        public ReadOnlySpan<float> Powers(ReadOnlySpan<float> values, int exponent)
        {
            if (_powers.Length < values.Length) _powers = new float[values.Length];
            for (int i = 0; i < values.Length; i++) _powers[i] = exponent == 2 ? values[i] * values[i] : values[i] * values[i] * values[i];
            return _powers.AsSpan(0, values.Length);
        }

        public void Dispose()
        {
            A.Dispose();
            S2.Dispose();
            Features.Dispose();
            S3?.Dispose();
            Product?.Dispose();
            Sum.Dispose();
        }
    }
}
