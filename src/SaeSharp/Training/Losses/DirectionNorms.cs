using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Training.Losses;

/// <summary>n_f = ‖α_f‖ of the linear directions, and the way back from ∂loss/∂n to the decoder.</summary>
internal sealed class DirectionNorms(SparseDictionary dictionary) : IDisposable
{
    private readonly Device _device = dictionary.Device;
    private readonly Matrix _norms = dictionary.Device.Allocate(1, dictionary.Latents);
    private readonly Matrix _gradients = dictionary.Device.Allocate(1, dictionary.Latents);
    private Matrix? _directions;
    private Matrix? _back;
    private bool _waiting;

    /// <summary>n, [1, F].</summary>
    public MatrixView Values => _norms;

    /// <summary>Measures the norms of the present weights; no gradient is waiting afterwards.</summary>
    public void Measure()
    {
        _device.RowNorms(Directions(), _norms);
        _waiting = false;
    }

    /// <summary>Adds to ∂loss/∂n, [1, F]; it reaches the decoder with <see cref="Backward"/>.</summary>
    public void AddGradient(float alpha, MatrixView normGradients)
    {
        _device.Axpby(alpha, normGradients, _waiting ? 1f : 0f, _gradients);
        _waiting = true;
    }

    /// <summary>Adds ∂loss/∂decoder once for all terms: ∂n/∂α = α / n.</summary>
    public void Backward()
    {
        if (!_waiting) return;
        _waiting = false;
        Span<float> scales = _gradients.AsSpan();
        ReadOnlySpan<float> norms = _norms.AsSpan();
        for (int f = 0; f < scales.Length; f++) scales[f] = norms[f] > 0f ? scales[f] / norms[f] : 0f;

        Parameter table = dictionary.Decoder.Table;
        if (table.TakeBeta() == 0f) _device.Fill(table.Gradient, 0f);
        if (dictionary.Decoder.Head.IsIdentity)
        {
            _device.AddScaledRows(table.Value, _gradients, table.Gradient);
            return;
        }

        _device.ScaleRows(_directions!, _gradients);
        _back ??= _device.Allocate(table.Value.Rows, table.Value.Columns);
        dictionary.Decoder.Head.LinearPartBackward(table.Value, _directions!, _back);
        _device.Axpby(1f, _back, 1f, table.Gradient);
    }

    public void Dispose()
    {
        _norms.Dispose();
        _gradients.Dispose();
        _directions?.Dispose();
        _back?.Dispose();
    }

    private MatrixView Directions()
    {
        if (dictionary.Decoder.Head.IsIdentity) return dictionary.Decoder.Table.Value;
        _directions ??= _device.Allocate(dictionary.Latents, dictionary.Width);
        dictionary.Directions(_directions);
        return _directions;
    }
}
