using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>y = Σ_e value(e) · table[row(e), :], or y += …</summary>
    /// <param name="terms">What to add up.</param>
    /// <param name="table">First of the wanted columns of the table.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="target">What becomes of y.</param>
    /// <param name="y">[columns]; aligned to 64 bytes for <see cref="TargetMode.Stream"/>.</param>
    public abstract void GatherSum(in SparseTerms terms, float* table, int columns, TargetMode target, float* y);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    /// <summary>How many terms ahead rows are fetched: enough to hide a trip to the third-level cache.</summary>
    private const int EntriesAhead = 4;

    private interface IEntries
    {
        static abstract long Row(int* rows, int entry);

        static abstract float Value(float* values, int* order, int entry);
    }

    public override void GatherSum(in SparseTerms terms, float* table, int columns, TargetMode target, float* y)
    {
        if (target == TargetMode.Accumulate) GatherSum<Accumulate>(terms, table, columns, y);
        else if (target == TargetMode.Stream) GatherSum<Stream>(terms, table, columns, y);
        else GatherSum<Overwrite>(terms, table, columns, y);
    }

    private static void GatherSum<TTarget>(in SparseTerms terms, float* table, int columns, float* y)
        where TTarget : struct
    {
        if (terms.Rows == null) GatherSum<Consecutive, TTarget>(terms, table, columns, y);
        else if (terms.Order == null) GatherSum<Direct, TTarget>(terms, table, columns, y);
        else GatherSum<Ordered, TTarget>(terms, table, columns, y);
    }

    private static void GatherSum<TEntries, TTarget>(in SparseTerms terms, float* table, int columns, float* y)
        where TEntries : struct, IEntries
        where TTarget : struct
    {
        int i = 0;
        for (; IsWide && i <= columns - 16 * TSimd.Width; i += 16 * TSimd.Width) Gather16<TEntries, TTarget>(terms, table + i, y + i);
        for (; i <= columns - 8 * TSimd.Width; i += 8 * TSimd.Width) Gather8<TEntries, TTarget>(terms, table + i, y + i);
        for (; i <= columns - 4 * TSimd.Width; i += 4 * TSimd.Width) Gather4<TEntries, TTarget>(terms, table + i, y + i);
        for (; i <= columns - TSimd.Width; i += TSimd.Width) Gather1<TEntries, TTarget>(terms, table + i, y + i);
        for (; i < columns; i++)
        {
            float sum = 0f;
            for (int e = 0; e < terms.Count; e++)
                sum += TEntries.Value(terms.Values, terms.Order, e) * table[TEntries.Row(terms.Rows, e) * terms.Stride + i];
            y[i] = typeof(TTarget) == typeof(Accumulate) ? y[i] + sum : sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather16<TEntries, TTarget>(in SparseTerms terms, float* table, float* y)
        where TEntries : struct, IEntries
        where TTarget : struct
    {
        int count = terms.Count, last = count - 1;
        int* rows = terms.Rows, order = terms.Order;
        float* values = terms.Values;
        long stride = terms.Stride;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        TVector s4 = TSimd.Zero, s5 = TSimd.Zero, s6 = TSimd.Zero, s7 = TSimd.Zero;
        TVector s8 = TSimd.Zero, s9 = TSimd.Zero, s10 = TSimd.Zero, s11 = TSimd.Zero;
        TVector s12 = TSimd.Zero, s13 = TSimd.Zero, s14 = TSimd.Zero, s15 = TSimd.Zero;
        for (int e = 0; e < count; e++)
        {
            float* ahead = table + TEntries.Row(rows, Math.Min(e + EntriesAhead, last)) * stride;
            Memory.PrefetchL1(ahead);
            Memory.PrefetchL1(ahead + TSimd.Width);
            Memory.PrefetchL1(ahead + 2 * TSimd.Width);
            Memory.PrefetchL1(ahead + 3 * TSimd.Width);
            Memory.PrefetchL1(ahead + 4 * TSimd.Width);
            Memory.PrefetchL1(ahead + 5 * TSimd.Width);
            Memory.PrefetchL1(ahead + 6 * TSimd.Width);
            Memory.PrefetchL1(ahead + 7 * TSimd.Width);
            Memory.PrefetchL1(ahead + 8 * TSimd.Width);
            Memory.PrefetchL1(ahead + 9 * TSimd.Width);
            Memory.PrefetchL1(ahead + 10 * TSimd.Width);
            Memory.PrefetchL1(ahead + 11 * TSimd.Width);
            Memory.PrefetchL1(ahead + 12 * TSimd.Width);
            Memory.PrefetchL1(ahead + 13 * TSimd.Width);
            Memory.PrefetchL1(ahead + 14 * TSimd.Width);
            Memory.PrefetchL1(ahead + 15 * TSimd.Width);
            float* row = table + TEntries.Row(rows, e) * stride;
            TVector value = TSimd.Create(TEntries.Value(values, order, e));
            s0 = TSimd.MultiplyAdd(value, TSimd.Load(row), s0);
            s1 = TSimd.MultiplyAdd(value, TSimd.Load(row + TSimd.Width), s1);
            s2 = TSimd.MultiplyAdd(value, TSimd.Load(row + 2 * TSimd.Width), s2);
            s3 = TSimd.MultiplyAdd(value, TSimd.Load(row + 3 * TSimd.Width), s3);
            s4 = TSimd.MultiplyAdd(value, TSimd.Load(row + 4 * TSimd.Width), s4);
            s5 = TSimd.MultiplyAdd(value, TSimd.Load(row + 5 * TSimd.Width), s5);
            s6 = TSimd.MultiplyAdd(value, TSimd.Load(row + 6 * TSimd.Width), s6);
            s7 = TSimd.MultiplyAdd(value, TSimd.Load(row + 7 * TSimd.Width), s7);
            s8 = TSimd.MultiplyAdd(value, TSimd.Load(row + 8 * TSimd.Width), s8);
            s9 = TSimd.MultiplyAdd(value, TSimd.Load(row + 9 * TSimd.Width), s9);
            s10 = TSimd.MultiplyAdd(value, TSimd.Load(row + 10 * TSimd.Width), s10);
            s11 = TSimd.MultiplyAdd(value, TSimd.Load(row + 11 * TSimd.Width), s11);
            s12 = TSimd.MultiplyAdd(value, TSimd.Load(row + 12 * TSimd.Width), s12);
            s13 = TSimd.MultiplyAdd(value, TSimd.Load(row + 13 * TSimd.Width), s13);
            s14 = TSimd.MultiplyAdd(value, TSimd.Load(row + 14 * TSimd.Width), s14);
            s15 = TSimd.MultiplyAdd(value, TSimd.Load(row + 15 * TSimd.Width), s15);
        }

        PutSum<TTarget>(y, s0);
        PutSum<TTarget>(y + TSimd.Width, s1);
        PutSum<TTarget>(y + 2 * TSimd.Width, s2);
        PutSum<TTarget>(y + 3 * TSimd.Width, s3);
        PutSum<TTarget>(y + 4 * TSimd.Width, s4);
        PutSum<TTarget>(y + 5 * TSimd.Width, s5);
        PutSum<TTarget>(y + 6 * TSimd.Width, s6);
        PutSum<TTarget>(y + 7 * TSimd.Width, s7);
        PutSum<TTarget>(y + 8 * TSimd.Width, s8);
        PutSum<TTarget>(y + 9 * TSimd.Width, s9);
        PutSum<TTarget>(y + 10 * TSimd.Width, s10);
        PutSum<TTarget>(y + 11 * TSimd.Width, s11);
        PutSum<TTarget>(y + 12 * TSimd.Width, s12);
        PutSum<TTarget>(y + 13 * TSimd.Width, s13);
        PutSum<TTarget>(y + 14 * TSimd.Width, s14);
        PutSum<TTarget>(y + 15 * TSimd.Width, s15);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather8<TEntries, TTarget>(in SparseTerms terms, float* table, float* y)
        where TEntries : struct, IEntries
        where TTarget : struct
    {
        int count = terms.Count, last = count - 1;
        int* rows = terms.Rows, order = terms.Order;
        float* values = terms.Values;
        long stride = terms.Stride;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        TVector s4 = TSimd.Zero, s5 = TSimd.Zero, s6 = TSimd.Zero, s7 = TSimd.Zero;
        for (int e = 0; e < count; e++)
        {
            float* ahead = table + TEntries.Row(rows, Math.Min(e + EntriesAhead, last)) * stride;
            Memory.PrefetchL1(ahead);
            Memory.PrefetchL1(ahead + TSimd.Width);
            Memory.PrefetchL1(ahead + 2 * TSimd.Width);
            Memory.PrefetchL1(ahead + 3 * TSimd.Width);
            Memory.PrefetchL1(ahead + 4 * TSimd.Width);
            Memory.PrefetchL1(ahead + 5 * TSimd.Width);
            Memory.PrefetchL1(ahead + 6 * TSimd.Width);
            Memory.PrefetchL1(ahead + 7 * TSimd.Width);
            float* row = table + TEntries.Row(rows, e) * stride;
            TVector value = TSimd.Create(TEntries.Value(values, order, e));
            s0 = TSimd.MultiplyAdd(value, TSimd.Load(row), s0);
            s1 = TSimd.MultiplyAdd(value, TSimd.Load(row + TSimd.Width), s1);
            s2 = TSimd.MultiplyAdd(value, TSimd.Load(row + 2 * TSimd.Width), s2);
            s3 = TSimd.MultiplyAdd(value, TSimd.Load(row + 3 * TSimd.Width), s3);
            s4 = TSimd.MultiplyAdd(value, TSimd.Load(row + 4 * TSimd.Width), s4);
            s5 = TSimd.MultiplyAdd(value, TSimd.Load(row + 5 * TSimd.Width), s5);
            s6 = TSimd.MultiplyAdd(value, TSimd.Load(row + 6 * TSimd.Width), s6);
            s7 = TSimd.MultiplyAdd(value, TSimd.Load(row + 7 * TSimd.Width), s7);
        }

        PutSum<TTarget>(y, s0);
        PutSum<TTarget>(y + TSimd.Width, s1);
        PutSum<TTarget>(y + 2 * TSimd.Width, s2);
        PutSum<TTarget>(y + 3 * TSimd.Width, s3);
        PutSum<TTarget>(y + 4 * TSimd.Width, s4);
        PutSum<TTarget>(y + 5 * TSimd.Width, s5);
        PutSum<TTarget>(y + 6 * TSimd.Width, s6);
        PutSum<TTarget>(y + 7 * TSimd.Width, s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather4<TEntries, TTarget>(in SparseTerms terms, float* table, float* y)
        where TEntries : struct, IEntries
        where TTarget : struct
    {
        int count = terms.Count, last = count - 1;
        int* rows = terms.Rows, order = terms.Order;
        float* values = terms.Values;
        long stride = terms.Stride;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        for (int e = 0; e < count; e++)
        {
            float* ahead = table + TEntries.Row(rows, Math.Min(e + EntriesAhead, last)) * stride;
            Memory.PrefetchL1(ahead);
            Memory.PrefetchL1(ahead + TSimd.Width);
            Memory.PrefetchL1(ahead + 2 * TSimd.Width);
            Memory.PrefetchL1(ahead + 3 * TSimd.Width);
            float* row = table + TEntries.Row(rows, e) * stride;
            TVector value = TSimd.Create(TEntries.Value(values, order, e));
            s0 = TSimd.MultiplyAdd(value, TSimd.Load(row), s0);
            s1 = TSimd.MultiplyAdd(value, TSimd.Load(row + TSimd.Width), s1);
            s2 = TSimd.MultiplyAdd(value, TSimd.Load(row + 2 * TSimd.Width), s2);
            s3 = TSimd.MultiplyAdd(value, TSimd.Load(row + 3 * TSimd.Width), s3);
        }

        PutSum<TTarget>(y, s0);
        PutSum<TTarget>(y + TSimd.Width, s1);
        PutSum<TTarget>(y + 2 * TSimd.Width, s2);
        PutSum<TTarget>(y + 3 * TSimd.Width, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather1<TEntries, TTarget>(in SparseTerms terms, float* table, float* y)
        where TEntries : struct, IEntries
        where TTarget : struct
    {
        int count = terms.Count, last = count - 1;
        int* rows = terms.Rows, order = terms.Order;
        float* values = terms.Values;
        long stride = terms.Stride;
        TVector s0 = TSimd.Zero;
        for (int e = 0; e < count; e++)
        {
            float* ahead = table + TEntries.Row(rows, Math.Min(e + EntriesAhead, last)) * stride;
            Memory.PrefetchL1(ahead);
            float* row = table + TEntries.Row(rows, e) * stride;
            TVector value = TSimd.Create(TEntries.Value(values, order, e));
            s0 = TSimd.MultiplyAdd(value, TSimd.Load(row), s0);
        }

        PutSum<TTarget>(y, s0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutSum<TTarget>(float* y, TVector sum)
        where TTarget : struct
    {
        if (typeof(TTarget) == typeof(Stream)) TSimd.StoreNonTemporal(y, sum);
        else TSimd.Store(y, typeof(TTarget) == typeof(Accumulate) ? TSimd.Add(TSimd.Load(y), sum) : sum);
    }

    /// <summary>The sum replaces what its target held, past the caches.</summary>
    private readonly struct Stream;

    /// <summary>Entries of a row of a CSR matrix.</summary>
    private readonly struct Direct : IEntries
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static long Row(int* rows, int entry) => rows[entry];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Value(float* values, int* order, int entry) => values[entry];
    }

    /// <summary>Entries of a latent, with values in CSR order.</summary>
    private readonly struct Ordered : IEntries
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static long Row(int* rows, int entry) => rows[entry];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Value(float* values, int* order, int entry) => values[order[entry]];
    }

    /// <summary>One row after the other: a vector times a matrix.</summary>
    private readonly struct Consecutive : IEntries
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static long Row(int* rows, int entry) => entry;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Value(float* values, int* order, int entry) => values[entry];
    }
}
