using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>The lower triangle of xᵀ·x for a tall x: half the work of a general product, and each row of x is read from memory once.</summary>
internal readonly unsafe struct GramDriver(RowKernels kernels, WorkSplitter splitter, BufferPool scratch)
{
    /// <summary>Rows of x at a time: one pass of a micro-tile.</summary>
    private const int Depth = TileSweep.DepthBlock;

    /// <summary>Rows of x that are packed by one chunk.</summary>
    private const int PackDepth = 32;

    /// <summary>Fills the tiles of <paramref name="gram"/> [D, D] that touch its lower triangle; the rest holds anything.</summary>
    public void Lower(MatrixView x, MatrixView gram)
    {
        int n = x.Columns;
        long leftLength = GemmDriver.PackedLength(n, Depth, kernels.TileRows), length = leftLength + GemmDriver.PackedLength(n, Depth, kernels.TileColumns);
        using NativeBuffer buffer = scratch.RentFloats(2 * length);
        float* current = buffer.Floats, other = current + length;
        int blocks = WorkSplitter.Blocks(x.Rows, Depth);
        for (int block = -1; block < blocks; block++)
        {
            // While one block of rows is multiplied the next is packed, in the same round of tasks.
            int next = (block + 1) * Depth, packing = Math.Clamp(x.Rows - next, 0, Depth), depth = block < 0 ? 0 : Math.Min(Depth, x.Rows - block * Depth);
            int packChunks = WorkSplitter.Blocks(packing, PackDepth), tileChunks = depth == 0 ? 0 : WorkSplitter.Blocks(n, kernels.TileColumns);
            var sweep = new TileSweep(kernels, gram, 1f, accumulate: block > 0);
            splitter.Run(packChunks + tileChunks, new GramWork(sweep, x, leftLength, current, depth, other, next, packing, packChunks));
            float* filled = other;
            other = current;
            current = filled;
        }
    }

    private readonly struct GramWork(
        TileSweep sweep, MatrixView x, long leftLength, float* packed, int depth, float* target, int start, int packing, int packChunks) : IChunkedWork
    {
        public void Run(int chunk)
        {
            // In turn, so that one thread waits for memory while another multiplies.
            int tileChunks = depth == 0 ? 0 : WorkSplitter.Blocks(x.Columns, sweep.Kernels.TileColumns), paired = 2 * Math.Min(packChunks, tileChunks);
            bool packs = chunk < paired ? chunk % 2 == 1 : packChunks > tileChunks;
            int index = chunk < paired ? chunk / 2 : chunk - paired / 2;
            if (packs) Pack(index * PackDepth);
            else Multiply(index * sweep.Kernels.TileColumns);
        }

        private void Multiply(int column)
        {
            int tileRows = sweep.Kernels.TileRows;
            float* right = packed + leftLength + (long)column * depth;
            sweep.Panel(packed, 0, column / tileRows * tileRows, x.Columns, right, column, depth, depth, null);
        }

        private void Pack(int first)
        {
            int steps = Math.Min(PackDepth, packing - first);
            for (int d = 0; d < steps; d++)
            {
                float* row = x.RowPointer(start + first + d);
                for (int i = 0; i < x.Columns; i += 16) Memory.PrefetchL2(row + i);
            }

            Pack(first, steps, target, sweep.Kernels.TileRows);
            Pack(first, steps, target + leftLength, sweep.Kernels.TileColumns);
        }

        private void Pack(int first, int steps, float* panels, int width)
        {
            var source = new PackSource(x, transposed: false);
            for (int lane = 0; lane < x.Columns; lane += width)
                source.Panel(lane, Math.Min(width, x.Columns - lane), start + first, steps, panels + (long)lane * packing + (long)first * width, width);
        }
    }
}
