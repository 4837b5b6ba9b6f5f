using SaeSharp.Numerics.Cpu;
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
        fixed (float* p = values) return RadixSelect.KthLargest(p, values.Length, k, _splitter, _scratch);
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
        using NativeBuffer buffer = _scratch.RentInts(3L * entries + rows + 3L * chunks);
        var work = new PruneWork(codes, weights.Data, rows, buffer.Ints, entries, chunks);
        _splitter.Run(chunks, work with { Step = PruneStep.Keys });
        keep = Math.Min(keep, entries);
        float bound = RadixSelect.KthLargest(work.Keys, entries, keep, _splitter, _scratch);
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
    private readonly struct PruneWork(CsrMatrix codes, float* weights, int rows, int* memory, int entries, int chunks) : IChunkedWork
    {
        public PruneStep Step { get; init; }

        public float Bound { get; init; }

        public float* Keys => (float*)memory;

        private float* Values => (float*)memory + entries;

        private int* Columns => memory + 2L * entries;

        private int* RowCounts => memory + 3L * entries;

        private int* Above => RowCounts + rows;

        private int* Ties => Above + chunks;

        private int* Starts => Ties + chunks;

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

        private void FindKeys(int start, int end)
        {
            if (weights == null) new ReadOnlySpan<float>(codes.Values + start, end - start).CopyTo(new Span<float>(Keys + start, end - start));
            for (int e = start; weights != null && e < end; e++) Keys[e] = codes.Values[e] * weights[codes.ColumnIndices[e]];
        }

        private void Count(int chunk, int start, int end)
        {
            int above = 0, ties = 0;
            for (int e = start; e < end; e++)
            {
                above += Keys[e] > Bound ? 1 : 0;
                ties += Keys[e] == Bound ? 1 : 0;
            }

            Above[chunk] = above;
            Ties[chunk] = ties;
        }

        private void Compact(int chunk, int firstRow, int endRow)
        {
            int ties = Ties[chunk], target = Starts[chunk];
            for (int row = firstRow; row < endRow; row++)
            {
                int before = target;
                for (int e = codes.RowPointers[row]; e < codes.RowPointers[row + 1]; e++)
                {
                    if (!(Keys[e] > Bound) && (Keys[e] != Bound || ties-- <= 0)) continue;
                    Columns[target] = codes.ColumnIndices[e];
                    Values[target++] = codes.Values[e];
                }

                RowCounts[row] = target - before;
            }
        }

        private void CopyBack(int chunk, int firstRow, int endRow)
        {
            int start = Starts[chunk], end = start;
            for (int row = firstRow; row < endRow; row++)
            {
                // Only the ends are written: the start of a block is the end of the one before.
                end += RowCounts[row];
                codes.RowPointers[row + 1] = end;
            }

            new ReadOnlySpan<int>(Columns + start, end - start).CopyTo(new Span<int>(codes.ColumnIndices + start, end - start));
            new ReadOnlySpan<float>(Values + start, end - start).CopyTo(new Span<float>(codes.Values + start, end - start));
        }
    }
}
