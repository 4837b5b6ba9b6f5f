using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>Blocked product: operands are packed into panels, then micro-tiles run over them.</summary>
/// <remarks>
/// The operand with fewer panels is packed once for all threads; each task packs its own part of the other one, right before
/// it uses it, into memory that stays in its second-level cache. Every value of C is summed in the order of depth, in blocks of
/// <see cref="TileSweep.DepthBlock"/>, so neither the cut into tasks nor packing beforehand shows in the result.
/// </remarks>
internal readonly unsafe struct GemmDriver(RowKernels kernels, WorkSplitter splitter, BufferPool scratch)
{
    /// <summary>Depth packed at once: products that are not deeper read all of the left rows before they write any.</summary>
    public const int LargestDepth = 4 * TileSweep.DepthBlock;

    /// <summary>Most floats of the operand that is packed for all threads: half of a common third-level cache.</summary>
    private const int SharedLimit = 4 << 20;

    /// <summary>Below this many multiply-adds a task is not worth handing over.</summary>
    private const long SmallestTask = 1 << 20;

    /// <summary>Floats in a panel or panels packed by one chunk.</summary>
    private const int PackChunk = 16 * 1024;

    /// <summary>Floats that <paramref name="lanes"/> lanes take when packed.</summary>
    public static long PackedLength(int lanes, int depth, int width) => (long)WorkSplitter.Blocks(lanes, width) * width * depth;

    /// <summary>C = alpha · left · right (+ C).</summary>
    public void Multiply(PackSource left, PackSource right, int m, int n, int k, MatrixView c, float alpha, bool accumulate, GemmRegion region = GemmRegion.Full)
    {
        for (int p = 0; p < k; p += LargestDepth)
        {
            int depth = Math.Min(LargestDepth, k - p);
            int rowsPerTask = RowsPerTask(n, depth);
            bool byRows = region == GemmRegion.RightIsUpperTriangular
                || (region == GemmRegion.Full && WorkSplitter.Blocks(m, rowsPerTask) > WorkSplitter.Blocks(n, kernels.TileColumns));
            if (byRows) ByRows(left, right, m, n, p, depth, c, alpha, accumulate || p > 0, rowsPerTask, region);
            else ByColumns(left, right, m, n, p, depth, c, alpha, accumulate || p > 0, region);
        }
    }

    /// <summary>C = left · right (+ C) with a right operand packed beforehand.</summary>
    public void MultiplyPacked(PackSource left, PackedMatrix right, int m, MatrixView c, bool accumulate)
    {
        int k = right.InnerDimension;
        int block = LanesWithin(SharedLimit, m, k, kernels.TileRows);
        using NativeBuffer panels = scratch.RentFloats(PackedLength(block, k, kernels.TileRows));
        for (int i = 0; i < m; i += block)
        {
            int rows = Math.Min(block, m - i);
            Pack(left, i, rows, 0, k, panels.Floats, kernels.TileRows);
            int panelsPerTask = PanelsPerTask(rows, k);
            var work = new PackedWork(new TileSweep(kernels, c.RowRange(i, rows), 1f, accumulate), panels.Floats, right.Data, k, panelsPerTask);
            splitter.Run(WorkSplitter.Blocks(WorkSplitter.Blocks(c.Columns, kernels.TileColumns), panelsPerTask), work);
        }
    }

    /// <summary>Packs lanes into panels one after the other.</summary>
    public void Pack(PackSource source, int lane, int lanes, int start, int depth, float* target, int width)
    {
        // What is far larger than the caches is written past them.
        bool stream = (long)lanes * depth > 2 * SharedLimit;
        int panels = WorkSplitter.Blocks(lanes, width);
        // A chunk reads memory in order: some whole lanes where these are rows, otherwise some steps of depth over all lanes.
        int panelsPerChunk = source.Transposed ? Math.Max(1, PackChunk / (width * depth)) : panels;
        int depthPerChunk = source.Transposed ? depth : Math.Max(16, 4 * PackChunk / lanes);
        int depthChunks = WorkSplitter.Blocks(depth, depthPerChunk);
        var work = new PackWork(source, lane, lanes, start, depth, target, width, panelsPerChunk, depthPerChunk, depthChunks, stream);
        splitter.Run(WorkSplitter.Blocks(panels, panelsPerChunk) * depthChunks, work);
    }

    /// <summary>Tasks are panels of columns; the left operand is shared.</summary>
    private void ByColumns(PackSource left, PackSource right, int m, int n, int start, int depth, MatrixView c, float alpha, bool accumulate, GemmRegion region)
    {
        int block = LanesWithin(SharedLimit, m, depth, kernels.TileRows);
        using NativeBuffer panels = scratch.RentFloats(PackedLength(block, depth, kernels.TileRows));
        for (int i = 0; i < m; i += block)
        {
            int rows = Math.Min(block, m - i);
            Pack(left, i, rows, start, depth, panels.Floats, kernels.TileRows);
            int panelsPerTask = PanelsPerTask(rows, depth);
            var sweep = new TileSweep(kernels, c.RowRange(i, rows), alpha, accumulate);
            var work = new ColumnWork(sweep, scratch, right, panels.Floats, start, depth, panelsPerTask, region == GemmRegion.Lower ? i : int.MinValue);
            splitter.Run(WorkSplitter.Blocks(WorkSplitter.Blocks(n, kernels.TileColumns), panelsPerTask), work);
        }
    }

    /// <summary>Tasks are blocks of rows; the right operand is shared.</summary>
    private void ByRows(
        PackSource left, PackSource right, int m, int n, int start, int depth, MatrixView c, float alpha, bool accumulate, int rowsPerTask, GemmRegion region)
    {
        int block = region == GemmRegion.RightIsUpperTriangular ? n : LanesWithin(SharedLimit, n, depth, kernels.TileColumns);
        using NativeBuffer panels = scratch.RentFloats(PackedLength(block, depth, kernels.TileColumns));
        for (int j = 0; j < n; j += block)
        {
            int columns = Math.Min(block, n - j);
            Pack(right, j, columns, start, depth, panels.Floats, kernels.TileColumns);
            var target = new MatrixView(c.Data + j, m, columns, c.Stride);
            var work = new RowWork(new TileSweep(kernels, target, alpha, accumulate), scratch, left, panels.Floats, start, depth, rowsPerTask, region == GemmRegion.RightIsUpperTriangular);
            splitter.Run(WorkSplitter.Blocks(m, rowsPerTask), work);
        }
    }

    /// <summary>So many rows that the left panels of a task take about 400 kB, or more where depth and columns are few.</summary>
    private int RowsPerTask(int n, int depth)
    {
        long rows = Math.Max(96 * 1024 / depth, SmallestTask / ((long)n * depth));
        int tileRows = kernels.TileRows;
        return (int)Math.Clamp(rows / tileRows * tileRows, 4 * tileRows, 64 * tileRows);
    }

    private int PanelsPerTask(int rows, int depth) => (int)Math.Clamp(SmallestTask / ((long)kernels.TileColumns * rows * depth), 1, 64);

    private static int LanesWithin(long limit, int lanes, int depth, int width)
    {
        long most = Math.Max(width, limit / depth / width * width);
        return (int)Math.Min(lanes, most);
    }
}
