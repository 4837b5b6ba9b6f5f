namespace SaeSharp.Numerics.Tests.Support;

/// <summary>Random sparse codes and their dense form.</summary>
public static class Codes
{
    /// <summary>Rows with 0 … <paramref name="most"/> entries (every third row empty), columns ascending.</summary>
    public static CsrMatrix Random(CpuDevice device, int rows, int columns, int most, ulong seed)
    {
        var random = new PhiloxStream(seed);
        CsrMatrix codes = device.AllocateCsr(rows, columns, rows * most);
        codes.Reset(rows, columns);
        var order = new int[columns];
        int end = 0;
        for (int row = 0; row < rows; row++)
        {
            int count = row % 3 == 1 ? 0 : random.NextInt32(most + 1);
            random.Permutation(order);
            foreach (int column in order.Take(count).Order())
            {
                Write(codes, end, column, (float)random.NextNormal());
                end++;
            }

            SetRowEnd(codes, row, end);
        }

        return codes;
    }

    /// <summary>A code with given rows of (column, value).</summary>
    public static CsrMatrix From(CpuDevice device, int columns, params (int Column, float Value)[][] rows)
    {
        CsrMatrix codes = device.AllocateCsr(rows.Length, columns, rows.Sum(row => row.Length));
        codes.Reset(rows.Length, columns);
        int end = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            foreach ((int column, float value) in rows[row]) Write(codes, end++, column, value);
            SetRowEnd(codes, row, end);
        }

        return codes;
    }

    /// <summary>The entries row by row.</summary>
    public static (int Column, float Value)[][] ToRows(CsrMatrix codes)
    {
        var rows = new (int, float)[codes.Rows][];
        for (int row = 0; row < codes.Rows; row++)
        {
            int start = codes.RowPointerSpan[row], count = codes.RowPointerSpan[row + 1] - start;
            rows[row] = [.. Enumerable.Range(start, count).Select(e => (codes.ColumnIndexSpan[e], codes.ValueSpan[e]))];
        }

        return rows;
    }

    private static unsafe void Write(CsrMatrix codes, int entry, int column, float value)
    {
        codes.ColumnIndices[entry] = column;
        codes.Values[entry] = value;
    }

    private static unsafe void SetRowEnd(CsrMatrix codes, int row, int end) => codes.RowPointers[row + 1] = end;
}
