using System.Numerics;
using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>How many keys lie above a bound, and how many at it.</summary>
    public abstract (int Above, int Ties) CountAbove(int count, float* keys, float bound);

    /// <summary>Lists the values from low to high, both included; returns how many there are. The target has room for a vector more than there are values.</summary>
    public abstract int ListBetween(int count, float* values, float low, float high, float* target);

    /// <summary>Lists the entries whose key lies above a bound, and as many of those at it as <paramref name="ties"/> allows, in order.</summary>
    /// <param name="count">Number of entries.</param>
    /// <param name="keys">What decides.</param>
    /// <param name="values">What is listed.</param>
    /// <param name="columns">What is listed with it.</param>
    /// <param name="bound">The bound.</param>
    /// <param name="ties">How many entries at the bound may still go along; counted down.</param>
    /// <param name="toValues">Room for all entries and a vector more.</param>
    /// <param name="toColumns">Room for all entries and a vector more.</param>
    /// <returns>How many were listed.</returns>
    public abstract int ListAbove(int count, float* keys, float* values, int* columns, float bound, ref int ties, float* toValues, int* toColumns);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override (int Above, int Ties) CountAbove(int count, float* keys, float bound)
    {
        TVector bounds = TSimd.Create(bound);
        int above = 0, reaching = 0, i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
        {
            TVector key = TSimd.Load(keys + i);
            above += BitOperations.PopCount(TSimd.Bits(TSimd.GreaterThan(key, bounds)));
            reaching += BitOperations.PopCount(TSimd.Bits(TSimd.GreaterThanOrEqual(key, bounds)));
        }

        for (; i < count; i++)
        {
            above += keys[i] > bound ? 1 : 0;
            reaching += keys[i] >= bound ? 1 : 0;
        }

        return (above, reaching - above);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int ListBetween(int count, float* values, float low, float high, float* target)
    {
        int* unwanted = stackalloc int[16];
        TVector lows = TSimd.Create(low), highs = TSimd.Create(high);
        int listed = 0, i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
        {
            TVector value = TSimd.Load(values + i);
            TVector inside = TSimd.And(TSimd.GreaterThanOrEqual(value, lows), TSimd.GreaterThanOrEqual(highs, value));
            if (TSimd.Bits(inside) != 0) listed += TSimd.Append(value, inside, 0, target + listed, unwanted);
        }

        for (; i < count; i++)
        {
            if (values[i] >= low && values[i] <= high) target[listed++] = values[i];
        }

        return listed;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int ListAbove(int count, float* keys, float* values, int* columns, float bound, ref int ties, float* toValues, int* toColumns)
    {
        TVector bounds = TSimd.Create(bound);
        int listed = 0, i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
        {
            TVector key = TSimd.Load(keys + i), above = TSimd.GreaterThan(key, bounds);
            uint bits = TSimd.Bits(above), reaching = TSimd.Bits(TSimd.GreaterThanOrEqual(key, bounds));
            if (reaching == 0) continue;
            if (reaching == bits) listed += TSimd.Append(TSimd.Load(values + i), above, columns + i, toValues + listed, toColumns + listed);
            else listed += ListOneByOne(TSimd.Width, keys + i, values + i, columns + i, bound, ref ties, toValues + listed, toColumns + listed);
        }

        return listed + ListOneByOne(count - i, keys + i, values + i, columns + i, bound, ref ties, toValues + listed, toColumns + listed);
    }

    private static int ListOneByOne(int count, float* keys, float* values, int* columns, float bound, ref int ties, float* toValues, int* toColumns)
    {
        int listed = 0;
        for (int i = 0; i < count; i++)
        {
            if (!(keys[i] > bound) && (keys[i] != bound || ties-- <= 0)) continue;
            toValues[listed] = values[i];
            toColumns[listed++] = columns[i];
        }

        return listed;
    }
}
