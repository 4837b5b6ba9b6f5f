using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>targets[e] = beta · targets[e] + ⟨x, table[rows[e], :]⟩; with beta = 0 what they held does not matter.</summary>
    public abstract void GatherDots(int entries, int* rows, float* table, long stride, int columns, float* x, float beta, float* targets);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void GatherDots(int entries, int* rows, float* table, long stride, int columns, float* x, float beta, float* targets)
    {
        int width = TSimd.Width, last = entries - 1;
        int e = 0;
        for (; e <= entries - 4; e += 4)
        {
            // Four rows at a time: x is read once for them.
            float* r0 = table + rows[e] * stride, r1 = table + rows[e + 1] * stride;
            float* r2 = table + rows[e + 2] * stride, r3 = table + rows[e + 3] * stride;
            long n0 = table + rows[Math.Min(e + 4, last)] * stride - r0, n1 = table + rows[Math.Min(e + 5, last)] * stride - r1;
            long n2 = table + rows[Math.Min(e + 6, last)] * stride - r2, n3 = table + rows[Math.Min(e + 7, last)] * stride - r3;
            TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
            TVector t0 = TSimd.Zero, t1 = TSimd.Zero, t2 = TSimd.Zero, t3 = TSimd.Zero;
            int i = 0;
            for (; i <= columns - 2 * width; i += 2 * width)
            {
                Prefetch(r0 + n0 + i);
                Prefetch(r1 + n1 + i);
                Prefetch(r2 + n2 + i);
                Prefetch(r3 + n3 + i);
                TVector value = TSimd.Load(x + i), next = TSimd.Load(x + i + width);
                s0 = TSimd.MultiplyAdd(value, TSimd.Load(r0 + i), s0);
                s1 = TSimd.MultiplyAdd(value, TSimd.Load(r1 + i), s1);
                s2 = TSimd.MultiplyAdd(value, TSimd.Load(r2 + i), s2);
                s3 = TSimd.MultiplyAdd(value, TSimd.Load(r3 + i), s3);
                t0 = TSimd.MultiplyAdd(next, TSimd.Load(r0 + i + width), t0);
                t1 = TSimd.MultiplyAdd(next, TSimd.Load(r1 + i + width), t1);
                t2 = TSimd.MultiplyAdd(next, TSimd.Load(r2 + i + width), t2);
                t3 = TSimd.MultiplyAdd(next, TSimd.Load(r3 + i + width), t3);
            }

            if (i <= columns - width)
            {
                TVector value = TSimd.Load(x + i);
                s0 = TSimd.MultiplyAdd(value, TSimd.Load(r0 + i), s0);
                s1 = TSimd.MultiplyAdd(value, TSimd.Load(r1 + i), s1);
                s2 = TSimd.MultiplyAdd(value, TSimd.Load(r2 + i), s2);
                s3 = TSimd.MultiplyAdd(value, TSimd.Load(r3 + i), s3);
                i += width;
            }

            float d0 = TSimd.Sum(TSimd.Add(s0, t0)), d1 = TSimd.Sum(TSimd.Add(s1, t1));
            float d2 = TSimd.Sum(TSimd.Add(s2, t2)), d3 = TSimd.Sum(TSimd.Add(s3, t3));
            for (; i < columns; i++)
            {
                d0 += x[i] * r0[i];
                d1 += x[i] * r1[i];
                d2 += x[i] * r2[i];
                d3 += x[i] * r3[i];
            }

            PutDot(targets + e, d0, beta);
            PutDot(targets + e + 1, d1, beta);
            PutDot(targets + e + 2, d2, beta);
            PutDot(targets + e + 3, d3, beta);
        }

        for (; e < entries; e++) PutDot(targets + e, DotInOrder(columns, x, table + rows[e] * stride), beta);
    }

    /// <summary>Two vectors of a row that comes soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* row)
    {
        Memory.PrefetchL1(row);
        if (TSimd.Width == 16) Memory.PrefetchL1(row + TSimd.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutDot(float* target, float dot, float beta) => *target = beta == 0f ? dot : beta * *target + dot;

    /// <summary>The same order of additions as for four rows at a time, so that a value does not depend on its neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float DotInOrder(int columns, float* x, float* row)
    {
        int width = TSimd.Width;
        TVector s = TSimd.Zero, t = TSimd.Zero;
        int i = 0;
        for (; i <= columns - 2 * width; i += 2 * width)
        {
            s = TSimd.MultiplyAdd(TSimd.Load(x + i), TSimd.Load(row + i), s);
            t = TSimd.MultiplyAdd(TSimd.Load(x + i + width), TSimd.Load(row + i + width), t);
        }

        if (i <= columns - width)
        {
            s = TSimd.MultiplyAdd(TSimd.Load(x + i), TSimd.Load(row + i), s);
            i += width;
        }

        float dot = TSimd.Sum(TSimd.Add(s, t));
        for (; i < columns; i++) dot += x[i] * row[i];
        return dot;
    }
}
