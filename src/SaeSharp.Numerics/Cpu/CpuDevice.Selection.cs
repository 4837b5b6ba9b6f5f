using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    private const int SelectionRowsPerChunk = 4;

    /// <inheritdoc/>
    public override void SelectTopK(MatrixView scores, MatrixView bias, MatrixView weights, int k, int firstRow, CsrMatrix codes)
    {
        CheckSelection(scores, bias, weights, firstRow, codes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, scores.Columns);
        if (scores.Rows == 0) return;
        int capacity = RowKernels.CandidateCapacity(k);
        using NativeBuffer kept = _scratch.RentInts((long)scores.Rows * (2L * k + 1));
        var work = new TopKWork(_kernels, _scratch, scores, bias, weights, k, capacity, kept.Ints);
        _splitter.Run(WorkSplitter.Blocks(scores.Rows, SelectionRowsPerChunk), work);
        int* counts = kept.Ints + 2L * k * scores.Rows;
        Append(codes, firstRow, scores.Rows, counts);
        for (int row = 0; row < scores.Rows; row++)
        {
            int* source = kept.Ints + 2L * k * row;
            int start = codes.RowPointers[firstRow + row];
            new ReadOnlySpan<int>(source, counts[row]).CopyTo(new Span<int>(codes.ColumnIndices + start, counts[row]));
            new ReadOnlySpan<float>(source + k, counts[row]).CopyTo(new Span<float>(codes.Values + start, counts[row]));
        }
    }

    /// <inheritdoc/>
    public override void SelectAbove(MatrixView scores, MatrixView bias, MatrixView weights, MatrixView thresholds, int firstRow, CsrMatrix codes)
    {
        CheckSelection(scores, bias, weights, firstRow, codes);
        if (thresholds.Columns != 1) Shape.Is(thresholds, 1, scores.Columns, nameof(thresholds));
        else Shape.Is(thresholds, 1, 1, nameof(thresholds));
        if (scores.Rows == 0) return;
        using NativeBuffer counts = _scratch.RentInts(scores.Rows);
        int chunks = WorkSplitter.Blocks(scores.Rows, SelectionRowsPerChunk);
        _splitter.Run(chunks, new AboveWork(_kernels, scores, bias, weights, thresholds, counts.Ints, null, firstRow));
        Append(codes, firstRow, scores.Rows, counts.Ints);
        _splitter.Run(chunks, new AboveWork(_kernels, scores, bias, weights, thresholds, null, codes, firstRow));
    }

    /// <inheritdoc/>
    public override float KthLargest(ReadOnlySpan<float> values, int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, values.Length);
        fixed (float* p = values) return RadixSelect.KthLargest(p, values.Length, k);
    }

    /// <inheritdoc/>
    public override float Prune(CsrMatrix codes, MatrixView weights, int rows, int keep)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Shape.IsOptionalRow(weights, codes.Columns, nameof(weights));
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)rows, (uint)codes.Rows, nameof(rows));
        int entries = codes.RowPointers[rows];
        using NativeBuffer buffer = _scratch.RentFloats(Math.Max(1, entries));
        float* keys = buffer.Floats;
        for (int e = 0; e < entries; e++) keys[e] = weights.Data == null ? codes.Values[e] : codes.Values[e] * weights.Data[codes.ColumnIndices[e]];
        if (entries == 0 || keep == 0)
        {
            new Span<int>(codes.RowPointers, codes.Rows + 1).Clear();
            return float.PositiveInfinity;
        }

        float bound = RadixSelect.KthLargest(keys, entries, Math.Min(keep, entries));
        int above = 0;
        for (int e = 0; e < entries; e++) above += keys[e] > bound ? 1 : 0;
        int ties = Math.Min(keep, entries) - above;
        int target = 0, start = 0;
        for (int row = 0; row < rows; row++)
        {
            int end = codes.RowPointers[row + 1];
            for (int e = start; e < end; e++)
            {
                if (!(keys[e] > bound) && (keys[e] != bound || ties-- <= 0)) continue;
                codes.ColumnIndices[target] = codes.ColumnIndices[e];
                codes.Values[target++] = codes.Values[e];
            }

            start = end;
            codes.RowPointers[row + 1] = target;
        }

        new Span<int>(codes.RowPointers + rows, codes.Rows - rows + 1).Fill(target);
        return bound;
    }

    /// <inheritdoc/>
    public override void KeepTopK(MatrixView scores, int k)
    {
        Shape.IsBacked(scores, nameof(scores));
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        if (k >= scores.Columns) return;
        if (k == 0)
        {
            Fill(scores, 0f);
            return;
        }

        _splitter.Run(WorkSplitter.Blocks(scores.Rows, SelectionRowsPerChunk), new KeepWork(_kernels, _scratch, scores, k));
    }

    private static void CheckSelection(MatrixView scores, MatrixView bias, MatrixView weights, int firstRow, CsrMatrix codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Shape.Is(scores, scores.Rows, codes.Columns, nameof(scores));
        Shape.IsOptionalRow(bias, scores.Columns, nameof(bias));
        Shape.IsOptionalRow(weights, scores.Columns, nameof(weights));
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        if ((long)firstRow + scores.Rows > codes.Rows)
            throw new ArgumentException($"Rows {firstRow} … {firstRow + scores.Rows - 1} do not fit a code of {codes.Rows} rows.", nameof(firstRow));
    }

    /// <summary>Sets the row pointers behind <paramref name="firstRow"/> and makes room; later rows are empty for now.</summary>
    private static void Append(CsrMatrix codes, int firstRow, int rows, int* counts)
    {
        int end = codes.RowPointers[firstRow];
        for (int row = 0; row < rows; row++) codes.RowPointers[firstRow + row + 1] = end = checked(end + counts[row]);
        new Span<int>(codes.RowPointers + firstRow + rows, codes.Rows - firstRow - rows + 1).Fill(end);
        codes.EnsureCapacity(end);
    }

    private readonly struct TopKWork(
        RowKernels kernels, BufferPool scratch, MatrixView scores, MatrixView bias, MatrixView weights, int k, int capacity, int* kept) : IChunkedWork
    {
        public void Run(int chunk)
        {
            using NativeBuffer buffer = scratch.RentInts(2L * capacity);
            int* counts = kept + 2L * k * scores.Rows;
            int endRow = Math.Min(scores.Rows, (chunk + 1) * SelectionRowsPerChunk);
            for (int row = chunk * SelectionRowsPerChunk; row < endRow; row++)
            {
                float* source = scores.RowPointer(row);
                int* target = kept + 2L * k * row;
                counts[row] = kernels.TopK(scores.Columns, source, bias.Data, weights.Data, k, positive: true, capacity, buffer.Floats, buffer.Ints + capacity, out _);
                for (int i = 0; i < counts[row]; i++)
                {
                    int column = buffer.Ints[capacity + i];
                    target[i] = column;
                    ((float*)target)[k + i] = bias.Data == null ? source[column] : source[column] + bias.Data[column];
                }
            }
        }
    }

    private readonly struct AboveWork(
        RowKernels kernels, MatrixView scores, MatrixView bias, MatrixView weights, MatrixView thresholds, int* counts, CsrMatrix? codes, int firstRow) : IChunkedWork
    {
        public void Run(int chunk)
        {
            bool single = thresholds.Columns == 1;
            int endRow = Math.Min(scores.Rows, (chunk + 1) * SelectionRowsPerChunk);
            for (int row = chunk * SelectionRowsPerChunk; row < endRow; row++)
            {
                int start = codes == null ? 0 : codes.RowPointers[firstRow + row];
                int* indices = codes == null ? null : codes.ColumnIndices + start;
                float* values = codes == null ? null : codes.Values + start;
                int count = kernels.Above(scores.Columns, scores.RowPointer(row), bias.Data, weights.Data, thresholds.Data, single, indices, values);
                if (codes == null) counts[row] = count;
            }
        }
    }

    private readonly struct KeepWork(RowKernels kernels, BufferPool scratch, MatrixView scores, int k) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int capacity = RowKernels.CandidateCapacity(k);
            using NativeBuffer buffer = scratch.RentInts(2L * capacity);
            int endRow = Math.Min(scores.Rows, (chunk + 1) * SelectionRowsPerChunk);
            for (int row = chunk * SelectionRowsPerChunk; row < endRow; row++)
            {
                float* p = scores.RowPointer(row);
                int count = kernels.TopK(scores.Columns, p, null, null, k, positive: false, capacity, buffer.Floats, buffer.Ints + capacity, out _);
                new Span<float>(p, scores.Columns).Clear();
                for (int i = 0; i < count; i++) p[buffer.Ints[capacity + i]] = buffer.Floats[i];
            }
        }
    }
}
