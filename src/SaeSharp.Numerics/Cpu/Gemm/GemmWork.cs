using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>Packs some steps of depth of some panels.</summary>
internal readonly unsafe struct PackWork(
    PackSource source, int lane, int lanes, int start, int depth, float* target, int width, int panelsPerChunk, int depthPerChunk, int depthChunks, bool stream) : IChunkedWork
{
    public void Run(int chunk)
    {
        int firstPanel = chunk / depthChunks * panelsPerChunk;
        int endPanel = Math.Min(WorkSplitter.Blocks(lanes, width), firstPanel + panelsPerChunk);
        int first = chunk % depthChunks * depthPerChunk, steps = Math.Min(depthPerChunk, depth - first);
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            float* part = target + ((long)panel * depth + first) * width;
            source.Panel(lane + panel * width, Math.Min(width, lanes - panel * width), start + first, steps, part, width, stream);
        }
    }
}

/// <summary>Some panels of columns, packed beforehand, times all rows.</summary>
internal readonly unsafe struct PackedWork(TileSweep sweep, float* left, float* right, int depth, int panelsPerTask) : IChunkedWork
{
    public void Run(int chunk)
    {
        int tileColumns = sweep.Kernels.TileColumns, columns = sweep.Target.Columns;
        int end = Math.Min(columns, (chunk + 1) * panelsPerTask * tileColumns);
        for (int column = chunk * panelsPerTask * tileColumns; column < end; column += tileColumns)
        {
            float* panel = right + (long)column * depth;
            float* next = column + tileColumns < columns ? panel + (long)tileColumns * depth : null;
            sweep.Panel(left, 0, 0, sweep.Target.Rows, panel, column, depth, depth, next);
        }
    }
}

/// <summary>Some panels of columns, packed here, times all rows.</summary>
/// <remarks><c>lowerFrom</c>: the row of the whole C that the target begins with if only the lower triangle is wanted; otherwise negative.</remarks>
internal readonly unsafe struct ColumnWork(
    TileSweep sweep, BufferPool scratch, PackSource right, float* left, int start, int depth, int panelsPerTask, int lowerFrom) : IChunkedWork
{
    public void Run(int chunk)
    {
        RowKernels kernels = sweep.Kernels;
        int tileColumns = kernels.TileColumns, columns = sweep.Target.Columns;
        using NativeBuffer buffer = scratch.RentFloats((long)tileColumns * depth);
        int end = Math.Min(columns, (chunk + 1) * panelsPerTask * tileColumns);
        for (int column = chunk * panelsPerTask * tileColumns; column < end; column += tileColumns)
        {
            int firstRow = lowerFrom < 0 ? 0 : Math.Max(0, column - lowerFrom) / kernels.TileRows * kernels.TileRows;
            if (firstRow >= sweep.Target.Rows) continue;
            right.Panel(column, Math.Min(tileColumns, columns - column), start, depth, buffer.Floats, tileColumns);
            sweep.Panel(left, 0, firstRow, sweep.Target.Rows, buffer.Floats, column, depth, depth, null);
        }
    }
}

/// <summary>A block of rows, packed here, times all columns.</summary>
internal readonly unsafe struct RowWork(
    TileSweep sweep, BufferPool scratch, PackSource left, float* right, int start, int depth, int rowsPerTask, bool triangular) : IChunkedWork
{
    public void Run(int chunk)
    {
        RowKernels kernels = sweep.Kernels;
        int tileRows = kernels.TileRows, tileColumns = kernels.TileColumns;
        int firstRow = chunk * rowsPerTask, endRow = Math.Min(sweep.Target.Rows, firstRow + rowsPerTask);
        using NativeBuffer buffer = scratch.RentFloats(GemmDriver.PackedLength(endRow - firstRow, depth, tileRows));
        for (int row = firstRow; row < endRow; row += tileRows)
            left.Panel(row, Math.Min(tileRows, endRow - row), start, depth, buffer.Floats + (long)(row - firstRow) * depth, tileRows);
        for (int column = 0; column < sweep.Target.Columns; column += tileColumns)
        {
            float* panel = right + (long)column * depth;
            float* next = column + tileColumns < sweep.Target.Columns ? panel + (long)tileColumns * depth : null;
            int used = triangular ? Math.Clamp(column + tileColumns - start, 0, depth) : depth;
            if (used > 0) sweep.Panel(buffer.Floats, firstRow, firstRow, endRow, panel, column, depth, used, next);
        }
    }
}
