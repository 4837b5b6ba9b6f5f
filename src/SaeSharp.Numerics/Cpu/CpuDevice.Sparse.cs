using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    private const int SparseRowsPerChunk = 32;
    private const int LatentsPerChunk = 64;
    private const long StreamBytes = 24 << 20;

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
        if (y.Length == 0) return;
        using NativeBuffer cursors = _scratch.RentInts(codes.Rows);
        int chunks = WorkSplitter.Blocks(codes.Rows, SparseRowsPerChunk);
        fixed (float* p = values)
        {
            foreach (RowBlock block in new RowBlocks(table, range))
                _splitter.Run(chunks, new SpMMWork(_kernels, codes, p, table, y, block, block.IsFirst ? beta : 1f, cursors.Ints));
        }
    }

    /// <inheritdoc/>
    public override void SDDMM(CsrMatrix pattern, MatrixView left, MatrixView table, Span<float> values, ColumnRange range, float beta = 0f)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Shape.Is(table, pattern.Columns, table.Columns, nameof(table));
        Shape.Is(left, pattern.Rows, table.Columns, nameof(left));
        Shape.Holds(values.Length, pattern.EntryCount, nameof(values));
        using NativeBuffer cursors = _scratch.RentInts(pattern.Rows);
        int chunks = WorkSplitter.Blocks(pattern.Rows, SparseRowsPerChunk);
        fixed (float* p = values)
        {
            foreach (RowBlock block in new RowBlocks(table, range))
                _splitter.Run(chunks, new SDDMMWork(_kernels, pattern, left, table, p, block, beta, cursors.Ints));
        }
    }

    /// <inheritdoc/>
    public override void SpMMTransposed(CsrTranspose transpose, ReadOnlySpan<float> values, MatrixView dense, MatrixView y, ColumnRange range, float beta = 0f)
    {
        ArgumentNullException.ThrowIfNull(transpose);
        Shape.IsBacked(dense, nameof(dense));
        Shape.Is(y, transpose.Columns, dense.Columns, nameof(y));
        Shape.Holds(values.Length, transpose.EntryCount, nameof(values));
        int first = Math.Max(0, range.Start), end = Math.Min(transpose.Columns, range.End);
        if (first >= end || y.Columns == 0) return;
        using NativeBuffer cursors = _scratch.RentInts(transpose.Columns);
        int chunks = WorkSplitter.Blocks(end - first, LatentsPerChunk);
        // A gradient larger than the caches is written past them, if it is finished in one go and its rows are aligned.
        bool stream = 4L * (end - first) * y.Columns > StreamBytes && dense.Length * 4 <= RowBlocks.BlockBytes && (nuint)y.Data % 64 == 0 && y.Stride % 16 == 0;
        fixed (float* p = values)
        {
            foreach (RowBlock block in new RowBlocks(dense, ColumnRange.All))
                _splitter.Run(chunks, new SpMMTransposedWork(_kernels, transpose, p, dense, y, first, end, block, block.IsFirst ? beta : 1f, stream, cursors.Ints));
        }
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
        RowKernels kernels, CsrMatrix codes, float* values, MatrixView table, MatrixView y, RowBlock block, float beta, int* cursors) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int endRow = Math.Min(codes.Rows, (chunk + 1) * SparseRowsPerChunk);
            for (int row = chunk * SparseRowsPerChunk; row < endRow; row++)
            {
                (int start, int end) = block.Entries(codes.ColumnIndices, codes.RowPointers, row, cursors);
                float* target = y.RowPointer(row);
                if (beta is not (0f or 1f)) kernels.Scale(y.Columns, beta, target);
                var terms = new SparseTerms(end - start, codes.ColumnIndices + start, values + start, null, table.Stride);
                kernels.GatherSum(terms, table.Data, y.Columns, beta != 0f ? TargetMode.Accumulate : TargetMode.Overwrite, target);
            }
        }
    }

    private readonly struct SDDMMWork(
        RowKernels kernels, CsrMatrix pattern, MatrixView left, MatrixView table, float* values, RowBlock block, float beta, int* cursors) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int endRow = Math.Min(pattern.Rows, (chunk + 1) * SparseRowsPerChunk);
            for (int row = chunk * SparseRowsPerChunk; row < endRow; row++)
            {
                (int start, int end) = block.Entries(pattern.ColumnIndices, pattern.RowPointers, row, cursors);
                kernels.GatherDots(end - start, pattern.ColumnIndices + start, table.Data, table.Stride, left.Columns, left.RowPointer(row), beta, values + start);
            }
        }
    }

    private readonly struct SpMMTransposedWork(
        RowKernels kernels, CsrTranspose transpose, float* values, MatrixView dense, MatrixView y, int first, int end, RowBlock block, float beta, bool stream, int* cursors) : IChunkedWork
    {
        public void Run(int chunk)
        {
            TargetMode target = beta != 0f ? TargetMode.Accumulate : stream ? TargetMode.Stream : TargetMode.Overwrite;
            int last = Math.Min(end, first + (chunk + 1) * LatentsPerChunk);
            for (int latent = first + chunk * LatentsPerChunk; latent < last; latent++)
            {
                (int start, int stop) = block.Entries(transpose.RowIndices, transpose.ColumnPointers, latent, cursors);
                float* row = y.RowPointer(latent);
                if (beta is not (0f or 1f)) kernels.Scale(y.Columns, beta, row);
                var terms = new SparseTerms(stop - start, transpose.RowIndices + start, values, transpose.EntryIndices + start, dense.Stride);
                kernels.GatherSum(terms, dense.Data, y.Columns, target, row);
            }

            if (target == TargetMode.Stream) Memory.StoreFence();
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
