using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>Blocked product: both operands are packed into panels, then micro-tiles run over them.</summary>
/// <remarks>Every tile of C is summed in one fixed order of depth blocks, so the cut into tasks does not show in the result.</remarks>
internal readonly unsafe struct GemmDriver(RowKernels kernels, WorkSplitter splitter, BufferPool scratch)
{
    private const int DepthBlock = 384;
    private const int LeftLimit = 4 << 20;
    private const int RightLimit = 2 << 20;

    public static long PackedLength(int lanes, int depth, int width) => (long)WorkSplitter.Blocks(lanes, width) * width * depth;

    public void Multiply(PackSource left, PackSource right, int m, int n, int k, MatrixView c, float alpha, float beta)
    {
        int tileRows = kernels.TileRows, tileColumns = kernels.TileColumns;
        int depthBlock = Math.Min(k, 4 * DepthBlock);
        int rowBlock = Math.Max(tileRows, Math.Min(m, LeftLimit / depthBlock) / tileRows * tileRows);
        int columnBlock = Math.Max(tileColumns, Math.Min(n, RightLimit / depthBlock) / tileColumns * tileColumns);
        if (m - rowBlock < tileRows) rowBlock = m;
        if (n - columnBlock < tileColumns) columnBlock = n;
        using NativeBuffer leftPanels = scratch.RentFloats(PackedLength(rowBlock, depthBlock, tileRows));
        using NativeBuffer rightPanels = scratch.RentFloats(PackedLength(columnBlock, depthBlock, tileColumns));
        for (int p = 0; p < k; p += depthBlock)
        {
            int depth = Math.Min(depthBlock, k - p);
            for (int i = 0; i < m; i += rowBlock)
            {
                int rows = Math.Min(rowBlock, m - i);
                Pack(left, i, rows, p, depth, leftPanels.Floats, tileRows);
                for (int j = 0; j < n; j += columnBlock)
                {
                    int columns = Math.Min(columnBlock, n - j);
                    Pack(right, j, columns, p, depth, rightPanels.Floats, tileColumns);
                    var target = new MatrixView(c.RowPointer(i) + j, rows, columns, c.Stride);
                    Tiles(leftPanels.Floats, rightPanels.Floats, depth, target, alpha, p == 0 ? beta : 1f);
                }
            }
        }
    }

    public void MultiplyPacked(PackSource left, PackedMatrix right, int m, MatrixView c, float beta)
    {
        int k = right.InnerDimension, tileRows = kernels.TileRows;
        int rowBlock = Math.Max(tileRows, Math.Min(m, LeftLimit / k) / tileRows * tileRows);
        using NativeBuffer leftPanels = scratch.RentFloats(PackedLength(rowBlock, k, tileRows));
        for (int i = 0; i < m; i += rowBlock)
        {
            int rows = Math.Min(rowBlock, m - i);
            Pack(left, i, rows, 0, k, leftPanels.Floats, tileRows);
            Tiles(leftPanels.Floats, right.Data, k, c.RowRange(i, rows), 1f, beta);
        }
    }

    public void Pack(PackSource source, int lane, int lanes, int start, int depth, float* target, int width)
    {
        int panelsPerChunk = Math.Max(1, 16 * 1024 / (width * depth));
        splitter.Run(WorkSplitter.Blocks(WorkSplitter.Blocks(lanes, width), panelsPerChunk), new PackWork(source, lane, lanes, start, depth, target, width, panelsPerChunk));
    }

    private void Tiles(float* left, float* right, int depth, MatrixView c, float alpha, float beta)
    {
        int tileRows = kernels.TileRows;
        int rowsPerTask = Math.Max(tileRows, 256 / tileRows * tileRows);
        int rowTasks = WorkSplitter.Blocks(c.Rows, rowsPerTask);
        int columnTasks = WorkSplitter.Blocks(c.Columns, kernels.TileColumns);
        splitter.Run(rowTasks * columnTasks, new TileWork(kernels, left, right, depth, c, alpha, beta, rowsPerTask, rowTasks));
    }

    private readonly struct PackWork(PackSource source, int lane, int lanes, int start, int depth, float* target, int width, int panelsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(WorkSplitter.Blocks(lanes, width), (chunk + 1) * panelsPerChunk);
            for (int panel = chunk * panelsPerChunk; panel < end; panel++)
            {
                int first = panel * width;
                source.Panel(lane + first, Math.Min(width, lanes - first), start, depth, target + (long)panel * width * depth, width);
            }
        }
    }

    /// <summary>One panel of columns times a block of rows.</summary>
    private readonly struct TileWork(
        RowKernels kernels, float* left, float* right, int depth, MatrixView c, float alpha, float beta, int rowsPerTask, int rowTasks) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int tileRows = kernels.TileRows, tileColumns = kernels.TileColumns;
            int column = chunk / rowTasks * tileColumns;
            int columns = Math.Min(tileColumns, c.Columns - column);
            int firstRow = chunk % rowTasks * rowsPerTask, endRow = Math.Min(c.Rows, firstRow + rowsPerTask);
            float* panel = right + (long)column * depth;
            for (int p = 0; p < depth; p += DepthBlock)
            {
                int block = Math.Min(DepthBlock, depth - p);
                for (int row = firstRow; row < endRow; row += tileRows)
                {
                    float* a = left + (long)row * depth + (long)p * tileRows;
                    Tile(block, a, panel + (long)p * tileColumns, row, column, Math.Min(tileRows, endRow - row), columns, p == 0 ? beta : 1f);
                }
            }
        }

        private void Tile(int block, float* a, float* b, int row, int column, int rows, int columns, float keep)
        {
            float* target = c.RowPointer(row) + column;
            int tileRows = kernels.TileRows, tileColumns = kernels.TileColumns;
            if (rows == tileRows && columns == tileColumns)
            {
                kernels.Tile(block, a, b, target, c.Stride, alpha, keep);
                return;
            }

            // Through a full-sized tile, so that an element's value doesn't depend on where the tile stands.
            float* edge = stackalloc float[8 * 48];
            if (keep != 0f)
            {
                for (int i = 0; i < rows; i++) new ReadOnlySpan<float>(target + (long)i * c.Stride, columns).CopyTo(new Span<float>(edge + i * tileColumns, columns));
            }

            kernels.Tile(block, a, b, edge, tileColumns, alpha, keep);
            for (int i = 0; i < rows; i++) new ReadOnlySpan<float>(edge + i * tileColumns, columns).CopyTo(new Span<float>(target + (long)i * c.Stride, columns));
        }
    }
}
