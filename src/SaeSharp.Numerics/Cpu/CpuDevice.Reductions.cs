using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <summary>Rows that are summed up before their partial sums are.</summary>
    private const int ColumnSumRows = 128;

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
        int blocks = WorkSplitter.Blocks(x.Rows, ColumnSumRows);
        using NativeBuffer partial = _scratch.RentDoubles((long)blocks * x.Columns);
        _splitter.Run(blocks, new ColumnSumWork(_kernels, x, partial.Doubles));
        for (int j = 0; j < x.Columns; j++)
        {
            double total = beta == 0f ? 0 : beta * (double)sums.Data[j];
            for (int block = 0; block < blocks; block++) total += partial.Doubles[(long)block * x.Columns + j];
            sums.Data[j] = (float)total;
        }
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

    private readonly struct ColumnSumWork(RowKernels kernels, MatrixView x, double* partial) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int first = chunk * ColumnSumRows;
            double* totals = partial + (long)chunk * x.Columns;
            new Span<double>(totals, x.Columns).Clear();
            kernels.AddColumns(Math.Min(ColumnSumRows, x.Rows - first), x.Columns, x.RowPointer(first), x.Stride, totals);
        }
    }
}
