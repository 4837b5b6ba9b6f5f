namespace SaeSharp.Numerics.Cpu;

/// <summary>What selection kept of each row of a slice, until all counts are known and the rows can be put behind each other.</summary>
/// <param name="rows">Number of rows.</param>
/// <param name="capacity">Most entries that are stored for a row; longer rows only have their count here.</param>
/// <param name="memory">Room for <see cref="Length"/> numbers, or null as long as only that is asked.</param>
internal readonly unsafe struct KeptRows(int rows, int capacity, int* memory = null)
{
    public int Rows => rows;

    /// <summary>Numbers of 32 bits that this takes.</summary>
    public long Length => (2L * capacity + 1) * rows;

    /// <summary>Entries kept of each row.</summary>
    public int* Counts => memory;

    public KeptRows At(int* where) => new(rows, capacity, where);

    public void Put(int row, int count, float* values, int* indices)
    {
        Counts[row] = count;
        if (count > capacity) return;
        new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(Values(row), count));
        new ReadOnlySpan<int>(indices, count).CopyTo(new Span<int>(Indices(row), count));
    }

    /// <summary>Moves a row to its place in the codes; false if it was too long to be stored.</summary>
    public bool CopyTo(int row, CsrMatrix codes, int target)
    {
        if (Counts[row] > capacity) return false;
        Copy(Counts[row], Values(row), Indices(row), codes, target);
        return true;
    }

    public static void Copy(int count, float* values, int* indices, CsrMatrix codes, int target)
    {
        int start = codes.RowPointers[target];
        new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(codes.Values + start, count));
        new ReadOnlySpan<int>(indices, count).CopyTo(new Span<int>(codes.ColumnIndices + start, count));
    }

    private float* Values(int row) => (float*)(memory + rows + (long)row * capacity);

    private int* Indices(int row) => memory + rows + ((long)rows + row) * capacity;
}
