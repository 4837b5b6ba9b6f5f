using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    public override void CopyRows(MatrixView x, ReadOnlySpan<int> from, MatrixView y, ReadOnlySpan<int> to)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.IsBacked(y, nameof(y));
        if (x.Columns != y.Columns) throw new ArgumentException($"Rows of x have {x.Columns} columns, rows of y {y.Columns}.", nameof(y));
        if (from.Length != to.Length) throw new ArgumentException($"{from.Length} rows are to be copied to {to.Length} places.", nameof(to));
        CheckIndices(from, x.Rows);
        CheckIndices(to, y.Rows);
        if (from.IsEmpty) return;
        int rowsPerChunk = Math.Max(1, ElementsPerChunk / Math.Max(1, x.Columns));
        fixed (int* source = from)
        fixed (int* target = to)
        {
            _splitter.Run(WorkSplitter.Blocks(from.Length, rowsPerChunk), new CopyRowsWork(x, source, y, target, from.Length, rowsPerChunk));
        }
    }

    private readonly struct CopyRowsWork(MatrixView x, int* from, MatrixView y, int* to, int count, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(count, (chunk + 1) * rowsPerChunk);
            for (int i = chunk * rowsPerChunk; i < end; i++)
            {
                new ReadOnlySpan<float>(x.RowPointer(from[i]), x.Columns).CopyTo(new Span<float>(y.RowPointer(to[i]), x.Columns));
            }
        }
    }
}
