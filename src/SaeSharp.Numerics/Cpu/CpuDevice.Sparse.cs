using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    private const int SparseRowsPerChunk = 32;
    private const int LatentsPerChunk = 64;
    private const long TablePanelBytes = 16L << 20;

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
        int panel = PanelColumns(table.Rows, table.Columns);
        int panels = WorkSplitter.Blocks(table.Columns, panel), rowBlocks = WorkSplitter.Blocks(codes.Rows, SparseRowsPerChunk);
        fixed (float* p = values)
            _splitter.Run(panels * rowBlocks, new SpMMWork(_kernels, codes, p, table, y, range, beta, panel, rowBlocks));
    }

    /// <inheritdoc/>
    public override void SDDMM(CsrMatrix pattern, MatrixView left, MatrixView table, Span<float> values, ColumnRange range, float beta = 0f)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Shape.Is(table, pattern.Columns, table.Columns, nameof(table));
        Shape.Is(left, pattern.Rows, table.Columns, nameof(left));
        Shape.Holds(values.Length, pattern.EntryCount, nameof(values));
        int panel = PanelColumns(table.Rows, table.Columns), blocks = WorkSplitter.Blocks(pattern.Rows, SparseRowsPerChunk);
        fixed (float* p = values)
        {
            // Panels follow each other, since each adds to what the one before left in the values.
            for (int column = 0; column == 0 || column < table.Columns; column += panel)
            {
                int columns = Math.Min(panel, table.Columns - column);
                _splitter.Run(blocks, new SDDMMWork(_kernels, pattern, left, table, p, range, column == 0 ? beta : 1f, column, columns));
                if (panel == 0) break;
            }
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
        int panel = PanelColumns(dense.Rows, y.Columns);
        int panels = WorkSplitter.Blocks(y.Columns, panel), blocks = WorkSplitter.Blocks(end - first, LatentsPerChunk);
        fixed (float* p = values)
            _splitter.Run(panels * blocks, new SpMMTransposedWork(_kernels, transpose, p, dense, y, first, end, beta, panel, blocks));
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

    /// <summary>
    /// Columns of a table that are worked on at once: as many as let the rows that are gathered stay in the third-level cache,
    /// and few enough that the sums of a row stay in the first-level one.
    /// </summary>
    private static int PanelColumns(int tableRows, int columns)
    {
        long fit = TablePanelBytes / sizeof(float) / Math.Max(1, tableRows) / 128 * 128;
        return (int)Math.Min(columns, Math.Clamp(fit, 128, 1024));
    }

    private readonly struct SpMMWork(
        RowKernels kernels, CsrMatrix codes, float* values, MatrixView table, MatrixView y, ColumnRange range, float beta, int panel, int rowBlocks) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int column = chunk / rowBlocks * panel, columns = Math.Min(panel, table.Columns - column);
            int firstRow = chunk % rowBlocks * SparseRowsPerChunk, endRow = Math.Min(codes.Rows, firstRow + SparseRowsPerChunk);
            for (int row = firstRow; row < endRow; row++)
            {
                (int start, int end) = SparseRange.Within(codes, row, range);
                float* target = y.RowPointer(row) + column;
                if (beta is not (0f or 1f)) kernels.Scale(columns, beta, target);
                var terms = new SparseTerms(end - start, codes.ColumnIndices + start, values + start, null, table.Stride);
                kernels.GatherSum(terms, table.Data + column, columns, beta != 0f, target);
            }
        }
    }

    private readonly struct SDDMMWork(
        RowKernels kernels, CsrMatrix pattern, MatrixView left, MatrixView table, float* values, ColumnRange range, float beta, int column, int columns) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int endRow = Math.Min(pattern.Rows, (chunk + 1) * SparseRowsPerChunk);
            for (int row = chunk * SparseRowsPerChunk; row < endRow; row++)
            {
                (int start, int end) = SparseRange.Within(pattern, row, range);
                kernels.GatherDots(end - start, pattern.ColumnIndices + start, table.Data + column, table.Stride, columns, left.RowPointer(row) + column, beta, values + start);
            }
        }
    }

    private readonly struct SpMMTransposedWork(
        RowKernels kernels, CsrTranspose transpose, float* values, MatrixView dense, MatrixView y, int first, int end, float beta, int panel, int blocks) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int column = chunk / blocks * panel, columns = Math.Min(panel, y.Columns - column);
            int block = first + chunk % blocks * LatentsPerChunk, last = Math.Min(end, block + LatentsPerChunk);
            for (int latent = block; latent < last; latent++)
            {
                int start = transpose.ColumnPointers[latent], count = transpose.ColumnPointers[latent + 1] - start;
                float* target = y.RowPointer(latent) + column;
                if (beta is not (0f or 1f)) kernels.Scale(columns, beta, target);
                var terms = new SparseTerms(count, transpose.RowIndices + start, values, transpose.EntryIndices + start, dense.Stride);
                kernels.GatherSum(terms, dense.Data + column, columns, beta != 0f, target);
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
