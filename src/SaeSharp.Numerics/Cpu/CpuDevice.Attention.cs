using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <summary>With fewer queries a head, packing keys and values costs more than it saves.</summary>
    private const int FewestTiledQueries = 5;

    /// <inheritdoc/>
    public override void CausalAttention(in AttentionShape shape, MatrixView queries, MatrixView keys, MatrixView values, MatrixView outputs, MatrixView pattern = default)
    {
        int width = queries.Columns;
        bool possible = shape.Sequences >= 0 && shape.Heads > 0 && width % shape.Heads == 0
            && shape.KeyHeadsOrAll > 0 && shape.Heads % shape.KeyHeadsOrAll == 0
            && shape.NewTokens >= 0 && shape.NewTokens <= shape.TotalTokens && shape.TotalTokens <= shape.KeyStride;
        if (!possible) throw new ArgumentException($"{shape} makes no sense for queries {queries}.", nameof(shape));
        int rows = checked(shape.Sequences * shape.NewTokens);
        Shape.Is(queries, rows, width, nameof(queries));
        Shape.Same(queries, outputs, nameof(outputs));
        Shape.Is(keys, checked(shape.Sequences * shape.KeyStride), width / shape.Heads * shape.KeyHeadsOrAll, nameof(keys));
        Shape.Same(keys, values, nameof(values));
        if (pattern.Length > 0) Shape.Is(pattern, checked(rows * shape.Heads), shape.TotalTokens, nameof(pattern));
        if (rows == 0) return;
        var head = new AttentionHead(_kernels, _scratch, shape, queries, keys, values, outputs, pattern);
        _splitter.Run(shape.Sequences * shape.Heads, new AttentionWork(head, tiled: shape.NewTokens >= FewestTiledQueries));
    }

    /// <summary>One head of one sequence.</summary>
    private readonly struct AttentionWork(AttentionHead head, bool tiled) : IChunkedWork
    {
        public void Run(int chunk)
        {
            if (tiled) head.Tiled(chunk);
            else head.RowByRow(chunk);
        }
    }
}
