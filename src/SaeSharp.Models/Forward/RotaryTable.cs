using SaeSharp.Numerics;

namespace SaeSharp.Models.Forward;

/// <summary>Cosines and sines of rotary positions, made in double precision up to the last position that was needed.</summary>
/// <param name="device">Where they go.</param>
/// <param name="rotated">Values a head that are turned; even.</param>
/// <param name="frequencyBase">Pair i turns by <c>position · base^(−2i / rotated)</c>.</param>
internal sealed class RotaryTable(Device device, int rotated, double frequencyBase) : IDisposable
{
    private const int FewestPositions = 256;

    private Matrix? _cosines;
    private Matrix? _sines;

    public MatrixView Cosines => _cosines!;

    public MatrixView Sines => _sines!;

    /// <summary>Makes sure that positions 0 to <paramref name="count"/> − 1 are there.</summary>
    public void Reach(int count)
    {
        if (_cosines is not null && _cosines.Rows >= count) return;
        int positions = (int)Math.Max(FewestPositions, Math.Min(2L * count, int.MaxValue));
        Dispose();
        _cosines = device.Allocate(positions, rotated / 2);
        _sines = device.Allocate(positions, rotated / 2);
        for (int i = 0; i < rotated / 2; i++)
        {
            double frequency = Math.Pow(frequencyBase, -2.0 * i / rotated);
            for (int position = 0; position < positions; position++)
            {
                (double sine, double cosine) = Math.SinCos(position * frequency);
                _cosines[position, i] = (float)cosine;
                _sines[position, i] = (float)sine;
            }
        }
    }

    public void Dispose()
    {
        _cosines?.Dispose();
        _sines?.Dispose();
    }
}
