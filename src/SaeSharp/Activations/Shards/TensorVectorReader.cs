using SaeSharp.Activations.Pipeline;

namespace SaeSharp.Activations.Shards;

/// <summary>Given vectors in their order, from their first one again when they run out.</summary>
internal sealed class TensorVectorReader(VectorTable table, bool repeat) : IVectorReader
{
    public int Width => table.Width;

    /// <summary>About a MiB, so that reading ahead stays small beside a batch.</summary>
    public int BlockRows => Math.Max(1, Math.Min(4096, (1 << 18) / table.Width));

    public StreamPosition Position { get; set; }

    public bool Read(VectorBlock block, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (Position.Index >= table.Count)
        {
            if (!repeat) return false;
            Position = new StreamPosition(Position.Epoch + 1, default, 0);
        }

        block.Count = (int)Math.Min(BlockRows, table.Count - Position.Index);
        table.Read(Position.Index, block.Vectors.RowRange(0, block.Count));
        Position = Position with { Index = Position.Index + block.Count };
        return true;
    }

    public string Describe(VectorBlock block, int row) => $"row {block.End.Index - block.Count + row} of {table.Path}";

    public void Dispose() => table.Dispose();
}
