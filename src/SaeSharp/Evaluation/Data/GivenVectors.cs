using SaeSharp.Activations.Shards;
using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Data;

/// <summary>Vectors in files as an evaluation set, all of them.</summary>
public sealed class GivenVectors : IVectorBatches, IDisposable
{
    private readonly VectorTable _table;
    private readonly Matrix _batch;
    private long _next;

    /// <summary>Reads vectors from a table, which stays the caller's.</summary>
    /// <param name="table">The vectors.</param>
    /// <param name="device">Where they are to live.</param>
    /// <param name="batch">Most vectors at a time.</param>
    public GivenVectors(VectorTable table, Device device, int batch = 4096)
    {
        _table = table;
        _batch = device.Allocate((int)Math.Min(batch, table.Count), table.Width);
    }

    /// <inheritdoc/>
    public int Width => _table.Width;

    /// <inheritdoc/>
    public int LargestBatch => _batch.Rows;

    /// <inheritdoc/>
    public long Count => _table.Count;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Counts => new Dictionary<string, long> { ["tokens"] = _table.Count };

    /// <inheritdoc/>
    public void Restart() => _next = 0;

    /// <inheritdoc/>
    public bool TryNext(out MatrixView vectors)
    {
        int count = (int)Math.Min(_batch.Rows, _table.Count - _next);
        vectors = _batch.RowRange(0, Math.Max(0, count));
        if (count <= 0) return false;
        _table.Read(_next, vectors);
        if (!_batch.Device.AllFinite(vectors)) throw new InputException($"{_table.Path} has numbers that are not finite in vectors {_next} to {_next + count - 1}.");
        _next += count;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();
}
