using SaeSharp.Numerics.Cpu.Kernels;

namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>Runs micro-tiles over packed panels into a part of C.</summary>
/// <param name="kernels">The micro-kernel.</param>
/// <param name="c">The target.</param>
/// <param name="alpha">Scale of the product.</param>
/// <param name="accumulate">Whether the product is added to C or replaces it.</param>
internal readonly unsafe struct TileSweep(RowKernels kernels, MatrixView c, float alpha, bool accumulate)
{
    /// <summary>
    /// Depth of one pass of a micro-tile: 768 × 48 floats of the right operand stay in the second-level cache while 768 × 8 of the
    /// left one pass through the first. Sums are cut here and nowhere else, whatever the blocking above does.
    /// </summary>
    public const int DepthBlock = 768;

    public RowKernels Kernels => kernels;

    public MatrixView Target => c;

    /// <summary>Rows <paramref name="firstRow"/> … <paramref name="endRow"/> − 1 of one panel of columns.</summary>
    /// <param name="left">Panels of the left operand from row <paramref name="leftRow"/> on, each <paramref name="packedDepth"/> deep.</param>
    /// <param name="leftRow">The row that <paramref name="left"/> begins with.</param>
    /// <param name="firstRow">First row to compute; a multiple of the tile height away from <paramref name="leftRow"/>.</param>
    /// <param name="endRow">One past the last row.</param>
    /// <param name="right">The panel of the right operand.</param>
    /// <param name="column">Its first column.</param>
    /// <param name="packedDepth">How deep the panels are.</param>
    /// <param name="depth">How much of that to sum.</param>
    /// <param name="next">What is read next (a panel as large as <paramref name="right"/>), fetched on the way; or null.</param>
    public void Panel(float* left, int leftRow, int firstRow, int endRow, float* right, int column, int packedDepth, int depth, float* next)
    {
        int tileRows = kernels.TileRows, tileColumns = kernels.TileColumns;
        int columns = Math.Min(tileColumns, c.Columns - column);
        int tiles = Math.Max(1, (endRow - firstRow + tileRows - 1) / tileRows);
        int step = next == null ? 0 : (tileColumns * sizeof(float) + tiles - 1) / tiles;
        byte* fetch = (byte*)(next == null ? right : next);
        for (int p = 0; p < depth; p += DepthBlock)
        {
            int block = Math.Min(DepthBlock, depth - p);
            bool add = accumulate || p > 0;
            float* b = right + (long)p * tileColumns;
            for (int row = firstRow; row < endRow; row += tileRows)
            {
                float* a = left + (long)(row - leftRow) * packedDepth + (long)p * tileRows;
                int rows = Math.Min(tileRows, endRow - row);
                float* target = c.RowPointer(row) + column;
                if (rows == tileRows && columns % kernels.VectorWidth == 0) kernels.Tile(add, columns, block, a, b, target, c.Stride, alpha, fetch, step);
                else Edge(add, rows, columns, block, a, b, target, fetch, step);
                fetch += (long)step * block;
            }
        }
    }

    /// <summary>A tile that sticks out of C goes through a full-sized one, so that a value does not depend on where its tile stands.</summary>
    private void Edge(bool add, int rows, int columns, int depth, float* a, float* b, float* target, byte* fetch, int step)
    {
        int tileColumns = kernels.TileColumns;
        float* tile = stackalloc float[RowKernels.LargestTile];
        for (int i = 0; add && i < rows; i++)
            new ReadOnlySpan<float>(target + (long)i * c.Stride, columns).CopyTo(new Span<float>(tile + i * tileColumns, columns));
        kernels.Tile(add, columns, depth, a, b, tile, tileColumns, alpha, fetch, step);
        for (int i = 0; i < rows; i++)
            new ReadOnlySpan<float>(tile + i * tileColumns, columns).CopyTo(new Span<float>(target + (long)i * c.Stride, columns));
    }
}
