using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    private const int SparseRowsPerChunk = 16;
    private const int LatentsPerChunk = 64;

    /// <inheritdoc/>
    public override void Transpose(CsrMatrix codes, CsrTranspose transpose)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(transpose);
        int entries = codes.EntryCount;
        transpose.Resize(codes.Columns, entries);
        int* next = transpose.ColumnPointers + 1;
        new Span<int>(transpose.ColumnPointers, codes.Columns + 1).Clear();
        for (int e = 0; e < entries; e++) next[codes.ColumnIndices[e]]++;
        int start = 0;
        for (int f = 0; f < codes.Columns; f++)
        {
            int count = next[f];
            next[f] = start;
            start += count;
        }

        for (int row = 0; row < codes.Rows; row++)
        {
            for (int e = codes.RowPointers[row]; e < codes.RowPointers[row + 1]; e++)
            {
                int position = next[codes.ColumnIndices[e]]++;
                transpose.RowIndices[position] = row;
                transpose.EntryIndices[position] = e;
            }
        }
    }

    /// <inheritdoc/>
    public override void SpMM(CsrMatrix codes, ReadOnlySpan<float> values, MatrixView table, MatrixView y, ColumnRange range, float beta = 0f)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Shape.Is(table, codes.Columns, table.Columns, nameof(table));
        Shape.Is(y, codes.Rows, table.Columns, nameof(y));
        Shape.Holds(values.Length, codes.EntryCount, nameof(values));
        fixed (float* p = values)
            _splitter.Run(WorkSplitter.Blocks(codes.Rows, SparseRowsPerChunk), new SpMMWork(_kernels, codes, p, table, y, range, beta));
    }

    /// <inheritdoc/>
    public override void SDDMM(CsrMatrix pattern, MatrixView left, MatrixView table, Span<float> values, ColumnRange range, float beta = 0f)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Shape.Is(table, pattern.Columns, table.Columns, nameof(table));
        Shape.Is(left, pattern.Rows, table.Columns, nameof(left));
        Shape.Holds(values.Length, pattern.EntryCount, nameof(values));
        fixed (float* p = values)
            _splitter.Run(WorkSplitter.Blocks(pattern.Rows, SparseRowsPerChunk), new SDDMMWork(_kernels, pattern, left, table, p, range, beta));
    }

    /// <inheritdoc/>
    public override void SpMMTransposed(CsrTranspose transpose, ReadOnlySpan<float> values, MatrixView dense, MatrixView y, ColumnRange range, float beta = 0f)
    {
        ArgumentNullException.ThrowIfNull(transpose);
        Shape.IsBacked(dense, nameof(dense));
        Shape.Is(y, transpose.Columns, dense.Columns, nameof(y));
        Shape.Holds(values.Length, transpose.EntryCount, nameof(values));
        int first = Math.Max(0, range.Start), end = Math.Min(transpose.Columns, range.End);
        if (first >= end) return;
        fixed (float* p = values)
            _splitter.Run(WorkSplitter.Blocks(end - first, LatentsPerChunk), new SpMMTransposedWork(_kernels, transpose, p, dense, y, first, end, beta));
    }

    /// <inheritdoc/>
    public override void SparseColumnSums(CsrTranspose transpose, ReadOnlySpan<float> values, MatrixView sums, float beta = 0f)
    {
        ArgumentNullException.ThrowIfNull(transpose);
        Shape.Is(sums, 1, transpose.Columns, nameof(sums));
        Shape.Holds(values.Length, transpose.EntryCount, nameof(values));
        fixed (float* p = values)
            _splitter.Run(WorkSplitter.Blocks(transpose.Columns, 1024), new SparseSumWork(transpose, p, sums.Data, beta));
    }

    private readonly struct SpMMWork(
        RowKernels kernels, CsrMatrix codes, float* values, MatrixView table, MatrixView y, ColumnRange range, float beta) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int endRow = Math.Min(codes.Rows, (chunk + 1) * SparseRowsPerChunk);
            for (int row = chunk * SparseRowsPerChunk; row < endRow; row++)
            {
                (int start, int end) = SparseRange.Within(codes, row, range);
                kernels.GatherSum(end - start, codes.ColumnIndices + start, values + start, null, table.Data, table.Stride, y.Columns, beta, y.RowPointer(row));
            }
        }
    }

    private readonly struct SDDMMWork(
        RowKernels kernels, CsrMatrix pattern, MatrixView left, MatrixView table, float* values, ColumnRange range, float beta) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int endRow = Math.Min(pattern.Rows, (chunk + 1) * SparseRowsPerChunk);
            for (int row = chunk * SparseRowsPerChunk; row < endRow; row++)
            {
                (int start, int end) = SparseRange.Within(pattern, row, range);
                for (int e = start; e < end; e++)
                {
                    float dot = kernels.Dot(left.Columns, left.RowPointer(row), table.RowPointer(pattern.ColumnIndices[e]));
                    values[e] = beta == 0f ? dot : beta * values[e] + dot;
                }
            }
        }
    }

    private readonly struct SpMMTransposedWork(
        RowKernels kernels, CsrTranspose transpose, float* values, MatrixView dense, MatrixView y, int first, int end, float beta) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int last = Math.Min(end, first + (chunk + 1) * LatentsPerChunk);
            for (int latent = first + chunk * LatentsPerChunk; latent < last; latent++)
            {
                int start = transpose.ColumnPointers[latent], count = transpose.ColumnPointers[latent + 1] - start;
                kernels.GatherSum(count, transpose.RowIndices + start, values, transpose.EntryIndices + start, dense.Data, dense.Stride, y.Columns, beta, y.RowPointer(latent));
            }
        }
    }

    private readonly struct SparseSumWork(CsrTranspose transpose, float* values, float* sums, float beta) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(transpose.Columns, (chunk + 1) * 1024);
            for (int latent = chunk * 1024; latent < end; latent++)
            {
                double sum = beta == 0f ? 0 : beta * (double)sums[latent];
                for (int i = transpose.ColumnPointers[latent]; i < transpose.ColumnPointers[latent + 1]; i++) sum += values[transpose.EntryIndices[i]];
                sums[latent] = (float)sum;
            }
        }
    }
}
