namespace SaeSharp.Numerics.Cpu;

/// <summary>Finds the entries of a row that lie in a range of latents.</summary>
internal static unsafe class SparseRange
{
    /// <summary>First and one past the last entry of the row within the range; columns ascend in a row, so they are neighbours.</summary>
    public static (int Start, int End) Within(CsrMatrix codes, int row, ColumnRange range)
    {
        int start = codes.RowPointers[row], end = codes.RowPointers[row + 1];
        if (range.Start > 0) start = LowerBound(codes.ColumnIndices, start, end, range.Start);
        if (range.End < codes.Columns) end = LowerBound(codes.ColumnIndices, start, end, range.End);
        return (start, Math.Max(start, end));
    }

    private static int LowerBound(int* columns, int start, int end, int column)
    {
        while (start < end)
        {
            int middle = start + (end - start) / 2;
            if (columns[middle] < column) start = middle + 1;
            else end = middle;
        }

        return start;
    }
}
