using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    public override void Adam(MatrixView weights, MatrixView gradient, MatrixView first, MatrixView second, in AdamStep step)
    {
        Shape.IsBacked(weights, nameof(weights));
        Shape.Same(weights, gradient, nameof(gradient));
        Shape.Same(weights, first, nameof(first));
        Shape.Same(weights, second, nameof(second));
        if (weights.Length == 0) return;
        int rowsPerChunk = Math.Max(1, ElementsPerChunk / weights.Columns);
        var work = new AdamWork(_kernels, weights, gradient, first, second, new AdamScalars(step), rowsPerChunk);
        _splitter.Run(WorkSplitter.Blocks(weights.Rows, rowsPerChunk), work);
    }

    private readonly struct AdamWork(
        RowKernels kernels, MatrixView weights, MatrixView gradient, MatrixView first, MatrixView second, AdamScalars step, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(weights.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
                kernels.Adam(weights.Columns, weights.RowPointer(row), gradient.RowPointer(row), first.RowPointer(row), second.RowPointer(row), step);
        }
    }
}
