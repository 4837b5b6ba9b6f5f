using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <summary>Columns a chunk of <see cref="ColumnSums"/>: their double sums stay in the first-level cache.</summary>
    private const int ColumnSumWidth = 256;

    private enum ReductionTask
    {
        Dot,
        Residual,
        AllFinite,
    }

    /// <inheritdoc/>
    public override double SumOfSquares(MatrixView x)
    {
        Shape.IsBacked(x, nameof(x));
        return Reduce(ReductionTask.Dot, x, x, default, 0f);
    }

    /// <inheritdoc/>
    public override double Dot(MatrixView x, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Same(x, y, nameof(y));
        return Reduce(ReductionTask.Dot, x, y, default, 0f);
    }

    /// <inheritdoc/>
    public override double Residual(MatrixView reconstruction, MatrixView target, float scale, MatrixView gradient)
    {
        Shape.IsBacked(reconstruction, nameof(reconstruction));
        Shape.Same(reconstruction, target, nameof(target));
        Shape.Same(reconstruction, gradient, nameof(gradient));
        return Reduce(ReductionTask.Residual, reconstruction, target, gradient, scale);
    }

    /// <inheritdoc/>
    public override bool AllFinite(MatrixView x)
    {
        Shape.IsBacked(x, nameof(x));
        return Reduce(ReductionTask.AllFinite, x, x, default, 0f) == 0;
    }

    /// <inheritdoc/>
    public override void ColumnSums(MatrixView x, MatrixView sums, float beta = 0f)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Is(sums, 1, x.Columns, nameof(sums));
        if (x.Columns == 0) return;
        _splitter.Run(WorkSplitter.Blocks(x.Columns, ColumnSumWidth), new ColumnSumWork(x, sums.Data, beta));
    }

    /// <summary>A fixed block of rows gives a partial sum; the partial sums are added in order.</summary>
    private double Reduce(ReductionTask task, MatrixView x, MatrixView y, MatrixView z, float scalar)
    {
        if (x.Length == 0) return 0;
        int rowsPerChunk = Math.Max(1, ElementsPerChunk / x.Columns);
        int chunks = WorkSplitter.Blocks(x.Rows, rowsPerChunk);
        using NativeBuffer partial = _scratch.RentDoubles(chunks);
        _splitter.Run(chunks, new ReductionWork(_kernels, task, x, y, z, scalar, rowsPerChunk, partial.Doubles));
        double sum = 0;
        for (int i = 0; i < chunks; i++) sum += partial.Doubles[i];
        return sum;
    }

    private readonly struct ReductionWork(
        RowKernels kernels, ReductionTask task, MatrixView x, MatrixView y, MatrixView z, float scalar, int rowsPerChunk, double* partial) : IChunkedWork
    {
        public void Run(int chunk)
        {
            double sum = 0;
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                float* p = x.RowPointer(row), q = y.RowPointer(row);
                sum += task switch
                {
                    ReductionTask.Dot => kernels.DotWide(x.Columns, p, q),
                    ReductionTask.Residual => kernels.Residual(x.Columns, p, q, scalar, z.RowPointer(row)),
                    _ => kernels.AllFinite(x.Columns, p) ? 0 : 1,
                };
            }

            partial[chunk] = sum;
        }
    }

    private readonly struct ColumnSumWork(MatrixView x, float* sums, float beta) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int first = chunk * ColumnSumWidth;
            int count = Math.Min(ColumnSumWidth, x.Columns - first);
            double* total = stackalloc double[ColumnSumWidth];
            new Span<double>(total, count).Clear();
            for (int row = 0; row < x.Rows; row++)
            {
                float* p = x.RowPointer(row) + first;
                for (int j = 0; j < count; j++) total[j] += p[j];
            }

            for (int j = 0; j < count; j++)
                sums[first + j] = beta == 0f ? (float)total[j] : (float)(beta * (double)sums[first + j] + total[j]);
        }
    }
}
