namespace SaeSharp.Numerics.Cpu;

/// <summary>Finds places in the ascending indices of a sparse row.</summary>
internal static unsafe class SparseRange
{
    /// <summary>The first position from <paramref name="start"/> on whose index is not below <paramref name="bound"/>; <paramref name="end"/> if none.</summary>
    public static int LowerBound(int* indices, int start, int end, int bound)
    {
        if (start == end || indices[end - 1] < bound) return end;
        while (start < end)
        {
            int middle = start + (end - start) / 2;
            if (indices[middle] < bound) start = middle + 1;
            else end = middle;
        }

        return start;
    }
}
