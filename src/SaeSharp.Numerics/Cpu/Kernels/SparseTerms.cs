namespace SaeSharp.Numerics.Cpu.Kernels;

/// <summary>A weighted sum of rows of a table: which rows, with which weights.</summary>
internal readonly unsafe struct SparseTerms(int count, int* rows, float* values, int* order, long stride)
{
    /// <summary>Number of terms.</summary>
    public int Count => count;

    /// <summary>Row of each term; null for consecutive rows.</summary>
    public int* Rows => rows;

    /// <summary>The weights.</summary>
    public float* Values => values;

    /// <summary>Where the weight of each term stands in <see cref="Values"/>; null for one after the other.</summary>
    public int* Order => order;

    /// <summary>Floats from one row of the table to the next.</summary>
    public long Stride => stride;
}
