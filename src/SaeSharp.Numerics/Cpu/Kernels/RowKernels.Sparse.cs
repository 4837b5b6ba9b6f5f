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
            int i = 0;
            for (; i <= columns - width; i += width)
            {
                TVector value = TSimd.Load(x + i);
                Memory.PrefetchL1(r0 + n0 + i);
                Memory.PrefetchL1(r1 + n1 + i);
                Memory.PrefetchL1(r2 + n2 + i);
                Memory.PrefetchL1(r3 + n3 + i);
                s0 = TSimd.MultiplyAdd(value, TSimd.Load(r0 + i), s0);
                s1 = TSimd.MultiplyAdd(value, TSimd.Load(r1 + i), s1);
                s2 = TSimd.MultiplyAdd(value, TSimd.Load(r2 + i), s2);
                s3 = TSimd.MultiplyAdd(value, TSimd.Load(r3 + i), s3);
            }

            float d0 = TSimd.Sum(s0), d1 = TSimd.Sum(s1), d2 = TSimd.Sum(s2), d3 = TSimd.Sum(s3);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutDot(float* target, float dot, float beta) => *target = beta == 0f ? dot : beta * *target + dot;

    /// <summary>The same order of additions as for four rows at a time, so that a value does not depend on its neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float DotInOrder(int columns, float* x, float* row)
    {
        TVector sum = TSimd.Zero;
        int i = 0;
        for (; i <= columns - TSimd.Width; i += TSimd.Width) sum = TSimd.MultiplyAdd(TSimd.Load(x + i), TSimd.Load(row + i), sum);
        float dot = TSimd.Sum(sum);
        for (; i < columns; i++) dot += x[i] * row[i];
        return dot;
    }
}
