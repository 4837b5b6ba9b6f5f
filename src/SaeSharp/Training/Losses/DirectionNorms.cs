using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Training.Losses;

/// <summary>n_f = ‖α_f‖ of the linear directions, and the way back from ∂loss/∂n to the decoder.</summary>
internal sealed class DirectionNorms(SparseDictionary dictionary) : IDisposable
{
    private readonly Device _device = dictionary.Device;
    private readonly Matrix _norms = dictionary.Device.Allocate(1, dictionary.Latents);
    private Matrix? _directions;
    private Matrix? _back;

    /// <summary>n, [1, F].</summary>
    public MatrixView Values => _norms;

    /// <summary>Measures the norms of the present weights.</summary>
    public void Measure() => _device.RowNorms(Directions(), _norms);

    /// <summary>Adds ∂loss/∂decoder, given ∂loss/∂n [1, F] (overwritten): ∂n/∂α = α / n.</summary>
    public void AddGradient(MatrixView normGradients)
    {
        for (int f = 0; f < dictionary.Latents; f++)
        {
            float norm = _norms[0, f];
            normGradients[0, f] = norm > 0f ? normGradients[0, f] / norm : 0f;
        }

        Parameter table = dictionary.Decoder.Table;
        if (table.TakeBeta() == 0f) _device.Fill(table.Gradient, 0f);
        if (dictionary.Decoder.Head.IsIdentity)
        {
            _device.AddScaledRows(table.Value, normGradients, table.Gradient);
            return;
        }

        Matrix directions = _directions!;
        _device.ScaleRows(directions, normGradients);
        _back ??= _device.Allocate(table.Value.Rows, table.Value.Columns);
        dictionary.Decoder.Head.LinearPartBackward(table.Value, directions, _back);
        _device.Axpby(1f, _back, 1f, table.Gradient);
    }

    public void Dispose()
    {
        _norms.Dispose();
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
