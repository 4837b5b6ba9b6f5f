using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    private const int PruneRowsPerChunk = 128;

    /// <inheritdoc/>
    public override float KthLargest(ReadOnlySpan<float> values, int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, values.Length);
        fixed (float* p = values) return RadixSelect.KthLargest(p, values.Length, k, _kernels, _splitter, _scratch);
    }

    /// <inheritdoc/>
    public override float Prune(CsrMatrix codes, MatrixView weights, int rows, int keep)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Shape.IsOptionalRow(weights, codes.Columns, nameof(weights));
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)rows, (uint)codes.Rows, nameof(rows));
        int entries = codes.RowPointers[rows];
        if (entries == 0 || keep == 0)
        {
            new Span<int>(codes.RowPointers, codes.Rows + 1).Clear();
            return float.PositiveInfinity;
        }

        int chunks = WorkSplitter.Blocks(rows, PruneRowsPerChunk);
        using NativeBuffer buffer = _scratch.RentInts(PruneWork.Length(rows, entries, chunks));
        var work = new PruneWork(_kernels, codes, weights.Data, rows, buffer.Ints, entries, chunks);
        if (weights.Data != null) _splitter.Run(chunks, work with { Step = PruneStep.Keys });
        keep = Math.Min(keep, entries);
        float bound = RadixSelect.KthLargest(work.Keys, entries, keep, _kernels, _splitter, _scratch);
        if (float.IsNaN(bound)) bound = float.NegativeInfinity;
        work = work with { Bound = bound };
        _splitter.Run(chunks, work with { Step = PruneStep.Count });
        int kept = work.ShareOut(keep);
        _splitter.Run(chunks, work with { Step = PruneStep.Compact });
        _splitter.Run(chunks, work with { Step = PruneStep.CopyBack });
        new Span<int>(codes.RowPointers + rows, codes.Rows - rows + 1).Fill(kept);
        return bound;
    }

    private enum PruneStep
    {
        Keys,
        Count,
        Compact,
        CopyBack,
    }

    /// <summary>Pruning in steps, each over blocks of rows: keys; how many are above and at the bound; what stays, aside; and back.</summary>
    private readonly struct PruneWork(RowKernels kernels, CsrMatrix codes, float* weights, int rows, int* memory, int entries, int chunks) : IChunkedWork
    {
        /// <summary>Every block of rows has its own room aside, with a vector's width behind it that listing may overwrite.</summary>
        private const int Gap = 16;

        public PruneStep Step { get; init; }

        public float Bound { get; init; }

        public float* Keys => weights == null ? codes.Values : (float*)memory;

        private float* Values => (float*)memory + entries;

        private int* Columns => memory + entries + Room(entries, chunks);

        private int* RowCounts => memory + entries + 2 * Room(entries, chunks);

        private int* Above => RowCounts + rows;

        private int* Ties => Above + chunks;

        private int* Starts => Ties + chunks;

        private int* StartsBefore => Starts + chunks;

        /// <summary>Numbers of 32 bits that this takes.</summary>
        public static long Length(int rows, int entries, int chunks) => entries + 2 * Room(entries, chunks) + rows + 4L * chunks;

        /// <summary>Gives the places at the bound to the earlier blocks, and each block its start; returns the number of entries that stay.</summary>
        public int ShareOut(int keep)
        {
            int ties = keep, end = 0;
            for (int chunk = 0; chunk < chunks; chunk++) ties -= Above[chunk];
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                Ties[chunk] = Math.Min(Ties[chunk], ties);
                ties -= Ties[chunk];
                Starts[chunk] = end;
                end += Above[chunk] + Ties[chunk];
            }

            return end;
        }

        public void Run(int chunk)
        {
            int firstRow = chunk * PruneRowsPerChunk, endRow = Math.Min(rows, firstRow + PruneRowsPerChunk);
            switch (Step)
            {
                case PruneStep.Keys:
                    FindKeys(codes.RowPointers[firstRow], codes.RowPointers[endRow]);
                    break;
                case PruneStep.Count:
                    Count(chunk, codes.RowPointers[firstRow], codes.RowPointers[endRow]);
                    break;
                case PruneStep.Compact:
                    Compact(chunk, firstRow, endRow);
                    break;
                default:
                    CopyBack(chunk, firstRow, endRow);
                    break;
            }
        }

        private static long Room(int entries, int chunks) => entries + (long)Gap * chunks;

        private void FindKeys(int start, int end)
        {
            float* keys = (float*)memory;
            for (int e = start; e < end; e++) keys[e] = codes.Values[e] * weights[codes.ColumnIndices[e]];
        }

        private void Count(int chunk, int start, int end) => (Above[chunk], Ties[chunk]) = kernels.CountAbove(end - start, Keys + start, Bound);

        private void Compact(int chunk, int firstRow, int endRow)
        {
            int ties = Ties[chunk];
            StartsBefore[chunk] = codes.RowPointers[firstRow];
            long target = StartsBefore[chunk] + (long)chunk * Gap;
            for (int row = firstRow; row < endRow; row++)
            {
                int start = codes.RowPointers[row], count = codes.RowPointers[row + 1] - start;
                RowCounts[row] = kernels.ListAbove(count, Keys + start, codes.Values + start, codes.ColumnIndices + start, Bound, ref ties, Values + target, Columns + target);
                target += RowCounts[row];
            }
        }

        private void CopyBack(int chunk, int firstRow, int endRow)
        {
            int start = Starts[chunk], end = start;
            long source = StartsBefore[chunk] + (long)chunk * Gap;
            for (int row = firstRow; row < endRow; row++)
            {
                // Only the ends are written: the start of a block is the end of the one before.
                end += RowCounts[row];
                codes.RowPointers[row + 1] = end;
            }

            new ReadOnlySpan<int>(Columns + source, end - start).CopyTo(new Span<int>(codes.ColumnIndices + start, end - start));
            new ReadOnlySpan<float>(Values + source, end - start).CopyTo(new Span<float>(codes.Values + start, end - start));
        }
    }
}
