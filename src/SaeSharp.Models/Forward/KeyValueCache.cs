using SaeSharp.Numerics;

namespace SaeSharp.Models.Forward;

/// <summary>Keys and values of every layer: [sequences · capacity, width] each, row b · capacity + position.</summary>
internal class KeyValueCache : ModelCache
{
    private readonly Matrix[] _keys;
    private readonly Matrix[] _values;

    public KeyValueCache(Device device, int layers, int width, int sequences, int capacity)
        : base(sequences, capacity)
    {
        _keys = [.. Enumerable.Range(0, layers).Select(_ => device.Allocate(checked(sequences * capacity), width))];
        _values = [.. Enumerable.Range(0, layers).Select(_ => device.Allocate(checked(sequences * capacity), width))];
    }

    public MatrixView Keys(int layer) => _keys[layer];

    public MatrixView Values(int layer) => _values[layer];

    /// <summary>Adds the new tokens' keys and values of a layer, [sequences · new, width] each.</summary>
    public void Append(Device device, int layer, MatrixView keys, MatrixView values)
    {
        int count = keys.Rows / Sequences;
        for (int sequence = 0; sequence < Sequences; sequence++)
        {
            int target = sequence * Capacity + Length;
            device.Copy(keys.RowRange(sequence * count, count), _keys[layer].RowRange(target, count));
            device.Copy(values.RowRange(sequence * count, count), _values[layer].RowRange(target, count));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (Matrix matrix in (Matrix[])[.. _keys, .. _values]) matrix.Dispose();
    }
}
