using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

// 12 sums, 2 vectors of b and 1 of a: 15 of 16 registers.
internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6x2<TTarget>(int depth, float* a, float* b, float* c, int stride, float alpha, byte* next, int step)
        where TTarget : struct
    {
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero, c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVector c20 = TSimd.Zero, c21 = TSimd.Zero, c30 = TSimd.Zero, c31 = TSimd.Zero;
        TVector c40 = TSimd.Zero, c41 = TSimd.Zero, c50 = TSimd.Zero, c51 = TSimd.Zero;
        float* target = c;
        PrefetchTarget2(target); target += stride;
        PrefetchTarget2(target); target += stride;
        PrefetchTarget2(target); target += stride;
        PrefetchTarget2(target); target += stride;
        PrefetchTarget2(target); target += stride;
        PrefetchTarget2(target);
        for (; depth > 0; depth--)
        {
            Memory.PrefetchL2(next);
            next += step;
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Width);
            TVector r = TSimd.Create(a[0]);
            c00 = TSimd.MultiplyAdd(r, b0, c00);
            c01 = TSimd.MultiplyAdd(r, b1, c01);
            r = TSimd.Create(a[1]);
            c10 = TSimd.MultiplyAdd(r, b0, c10);
            c11 = TSimd.MultiplyAdd(r, b1, c11);
            r = TSimd.Create(a[2]);
            c20 = TSimd.MultiplyAdd(r, b0, c20);
            c21 = TSimd.MultiplyAdd(r, b1, c21);
            r = TSimd.Create(a[3]);
            c30 = TSimd.MultiplyAdd(r, b0, c30);
            c31 = TSimd.MultiplyAdd(r, b1, c31);
            r = TSimd.Create(a[4]);
            c40 = TSimd.MultiplyAdd(r, b0, c40);
            c41 = TSimd.MultiplyAdd(r, b1, c41);
            r = TSimd.Create(a[5]);
            c50 = TSimd.MultiplyAdd(r, b0, c50);
            c51 = TSimd.MultiplyAdd(r, b1, c51);
            a += 6;
            b += 2 * TSimd.Width;
        }

        TVector scale = TSimd.Create(alpha);
        Put<TTarget>(c, c00, scale);
        Put<TTarget>(c + TSimd.Width, c01, scale);
        c += stride;
        Put<TTarget>(c, c10, scale);
        Put<TTarget>(c + TSimd.Width, c11, scale);
        c += stride;
        Put<TTarget>(c, c20, scale);
        Put<TTarget>(c + TSimd.Width, c21, scale);
        c += stride;
        Put<TTarget>(c, c30, scale);
        Put<TTarget>(c + TSimd.Width, c31, scale);
        c += stride;
        Put<TTarget>(c, c40, scale);
        Put<TTarget>(c + TSimd.Width, c41, scale);
        c += stride;
        Put<TTarget>(c, c50, scale);
        Put<TTarget>(c + TSimd.Width, c51, scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6x1<TTarget>(int depth, float* a, float* b, float* c, int stride, float alpha, byte* next, int step)
        where TTarget : struct
    {
        TVector c00 = TSimd.Zero, c10 = TSimd.Zero;
        TVector c20 = TSimd.Zero, c30 = TSimd.Zero;
        TVector c40 = TSimd.Zero, c50 = TSimd.Zero;
        float* target = c;
        PrefetchTarget1(target); target += stride;
        PrefetchTarget1(target); target += stride;
        PrefetchTarget1(target); target += stride;
        PrefetchTarget1(target); target += stride;
        PrefetchTarget1(target); target += stride;
        PrefetchTarget1(target);
        for (; depth > 0; depth--)
        {
            Memory.PrefetchL2(next);
            next += step;
            TVector b0 = TSimd.Load(b);
            TVector r = TSimd.Create(a[0]);
            c00 = TSimd.MultiplyAdd(r, b0, c00);
            r = TSimd.Create(a[1]);
            c10 = TSimd.MultiplyAdd(r, b0, c10);
            r = TSimd.Create(a[2]);
            c20 = TSimd.MultiplyAdd(r, b0, c20);
            r = TSimd.Create(a[3]);
            c30 = TSimd.MultiplyAdd(r, b0, c30);
            r = TSimd.Create(a[4]);
            c40 = TSimd.MultiplyAdd(r, b0, c40);
            r = TSimd.Create(a[5]);
            c50 = TSimd.MultiplyAdd(r, b0, c50);
            a += 6;
            b += 2 * TSimd.Width;
        }

        TVector scale = TSimd.Create(alpha);
        Put<TTarget>(c, c00, scale);
        c += stride;
        Put<TTarget>(c, c10, scale);
        c += stride;
        Put<TTarget>(c, c20, scale);
        c += stride;
        Put<TTarget>(c, c30, scale);
        c += stride;
        Put<TTarget>(c, c40, scale);
        c += stride;
        Put<TTarget>(c, c50, scale);
    }
}
