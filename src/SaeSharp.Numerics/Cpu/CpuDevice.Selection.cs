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
        var kept = new KeptRows(scores.Rows, k);
        using NativeBuffer buffer = _scratch.RentInts(kept.Length);
        kept = kept.At(buffer.Ints);
        int chunks = WorkSplitter.Blocks(scores.Rows, SelectionRowsPerChunk);
        _splitter.Run(chunks, new TopKWork(_kernels, _scratch, scores, bias, weights, k, kept));
        Append(codes, firstRow, kept);
        for (int row = 0; row < scores.Rows; row++) kept.CopyTo(row, codes, firstRow + row);
    }

    /// <inheritdoc/>
    public override void SelectAbove(MatrixView scores, MatrixView bias, MatrixView weights, MatrixView thresholds, int firstRow, CsrMatrix codes)
    {
        CheckSelection(scores, bias, weights, firstRow, codes);
        if (thresholds.Columns != 1) Shape.Is(thresholds, 1, scores.Columns, nameof(thresholds));
        else Shape.Is(thresholds, 1, 1, nameof(thresholds));
        if (scores.Rows == 0) return;
        // Rows that keep more than half of the latents are rare: they are listed a second time.
        var kept = new KeptRows(scores.Rows, scores.Columns / 2 + 64);
        using NativeBuffer buffer = _scratch.RentInts(kept.Length);
        kept = kept.At(buffer.Ints);
        int chunks = WorkSplitter.Blocks(scores.Rows, SelectionRowsPerChunk);
        _splitter.Run(chunks, new AboveWork(_kernels, _scratch, scores, bias, weights, thresholds, kept, null, firstRow));
        Append(codes, firstRow, kept);
        _splitter.Run(chunks, new AboveWork(_kernels, _scratch, scores, bias, weights, thresholds, kept, codes, firstRow));
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
    private static void Append(CsrMatrix codes, int firstRow, KeptRows kept)
    {
        int end = codes.RowPointers[firstRow];
        for (int row = 0; row < kept.Rows; row++) codes.RowPointers[firstRow + row + 1] = end = checked(end + kept.Counts[row]);
        new Span<int>(codes.RowPointers + firstRow + kept.Rows, codes.Rows - firstRow - kept.Rows + 1).Fill(end);
        codes.EnsureCapacity(end);
    }

    private readonly struct TopKWork(
        RowKernels kernels, BufferPool scratch, MatrixView scores, MatrixView bias, MatrixView weights, int k, KeptRows kept) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int room = RowKernels.SelectionScratch(scores.Columns);
            using NativeBuffer buffer = scratch.RentInts(3L * room);
            float* keys = buffer.Floats + room;
            int* indices = buffer.Ints + 2L * room;
            int endRow = Math.Min(scores.Rows, (chunk + 1) * SelectionRowsPerChunk);
            for (int r = chunk * SelectionRowsPerChunk; r < endRow; r++)
            {
                var row = new ScoreRow(scores.Columns, scores.RowPointer(r), bias.Data, weights.Data);
                int count = kernels.TopK(row, k, positive: true, buffer.Floats, keys, indices);
                for (int i = 0; weights.Data != null && i < count; i++) keys[i] = row.Value(indices[i]);
                kept.Put(r, count, keys, indices);
            }
        }
    }

    /// <summary>Lists what lies above the thresholds, without codes aside, then with codes there.</summary>
    private readonly struct AboveWork(
        RowKernels kernels, BufferPool scratch, MatrixView scores, MatrixView bias, MatrixView weights, MatrixView thresholds, KeptRows kept, CsrMatrix? codes, int firstRow) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int room = RowKernels.SelectionScratch(scores.Columns);
            using NativeBuffer buffer = scratch.RentInts(2L * room);
            int endRow = Math.Min(scores.Rows, (chunk + 1) * SelectionRowsPerChunk);
            for (int r = chunk * SelectionRowsPerChunk; r < endRow; r++)
            {
                if (codes != null && kept.CopyTo(r, codes, firstRow + r)) continue;
                var row = new ScoreRow(scores.Columns, scores.RowPointer(r), bias.Data, weights.Data);
                int count = kernels.ListAbove(row, thresholds.Data, thresholds.Columns == 1, buffer.Floats, buffer.Ints + room);
                if (codes == null) kept.Put(r, count, buffer.Floats, buffer.Ints + room);
                else KeptRows.Copy(count, buffer.Floats, buffer.Ints + room, codes, firstRow + r);
            }
        }
    }

    private readonly struct KeepWork(RowKernels kernels, BufferPool scratch, MatrixView scores, int k) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int room = RowKernels.SelectionScratch(scores.Columns);
            using NativeBuffer buffer = scratch.RentInts(3L * room);
            float* keys = buffer.Floats + room;
            int* indices = buffer.Ints + 2L * room;
            int endRow = Math.Min(scores.Rows, (chunk + 1) * SelectionRowsPerChunk);
            for (int r = chunk * SelectionRowsPerChunk; r < endRow; r++)
            {
                float* p = scores.RowPointer(r);
                int count = kernels.TopK(new ScoreRow(scores.Columns, p, null, null), k, positive: false, buffer.Floats, keys, indices);
                new Span<float>(p, scores.Columns).Clear();
                for (int i = 0; i < count; i++) p[indices[i]] = keys[i];
            }
        }
    }
}
