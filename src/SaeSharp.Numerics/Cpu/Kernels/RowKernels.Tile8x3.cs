using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

// 24 sums, 3 vectors of b and 1 of a: 28 of the 32 registers of a 512-bit machine. The sums are local variables because the JIT
// keeps only those in registers, and the method has no branch besides its loop because otherwise it spills them.
internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x3<TTarget>(int depth, float* a, float* b, float* c, int stride, float alpha, byte* next, int step)
        where TTarget : struct
    {
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero, c02 = TSimd.Zero, c10 = TSimd.Zero, c11 = TSimd.Zero, c12 = TSimd.Zero;
        TVector c20 = TSimd.Zero, c21 = TSimd.Zero, c22 = TSimd.Zero, c30 = TSimd.Zero, c31 = TSimd.Zero, c32 = TSimd.Zero;
        TVector c40 = TSimd.Zero, c41 = TSimd.Zero, c42 = TSimd.Zero, c50 = TSimd.Zero, c51 = TSimd.Zero, c52 = TSimd.Zero;
        TVector c60 = TSimd.Zero, c61 = TSimd.Zero, c62 = TSimd.Zero, c70 = TSimd.Zero, c71 = TSimd.Zero, c72 = TSimd.Zero;
        float* target = c;
        PrefetchTarget3(target); target += stride;
        PrefetchTarget3(target); target += stride;
        PrefetchTarget3(target); target += stride;
        PrefetchTarget3(target); target += stride;
        PrefetchTarget3(target); target += stride;
        PrefetchTarget3(target); target += stride;
        PrefetchTarget3(target); target += stride;
        PrefetchTarget3(target);
        for (; depth > 0; depth--)
        {
            Memory.PrefetchL2(next);
            next += step;
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Width), b2 = TSimd.Load(b + 2 * TSimd.Width);
            TVector r = TSimd.Create(a[0]);
            c00 = TSimd.MultiplyAdd(r, b0, c00);
            c01 = TSimd.MultiplyAdd(r, b1, c01);
            c02 = TSimd.MultiplyAdd(r, b2, c02);
            r = TSimd.Create(a[1]);
            c10 = TSimd.MultiplyAdd(r, b0, c10);
            c11 = TSimd.MultiplyAdd(r, b1, c11);
            c12 = TSimd.MultiplyAdd(r, b2, c12);
            r = TSimd.Create(a[2]);
            c20 = TSimd.MultiplyAdd(r, b0, c20);
            c21 = TSimd.MultiplyAdd(r, b1, c21);
            c22 = TSimd.MultiplyAdd(r, b2, c22);
            r = TSimd.Create(a[3]);
            c30 = TSimd.MultiplyAdd(r, b0, c30);
            c31 = TSimd.MultiplyAdd(r, b1, c31);
            c32 = TSimd.MultiplyAdd(r, b2, c32);
            r = TSimd.Create(a[4]);
            c40 = TSimd.MultiplyAdd(r, b0, c40);
            c41 = TSimd.MultiplyAdd(r, b1, c41);
            c42 = TSimd.MultiplyAdd(r, b2, c42);
            r = TSimd.Create(a[5]);
            c50 = TSimd.MultiplyAdd(r, b0, c50);
            c51 = TSimd.MultiplyAdd(r, b1, c51);
            c52 = TSimd.MultiplyAdd(r, b2, c52);
            r = TSimd.Create(a[6]);
            c60 = TSimd.MultiplyAdd(r, b0, c60);
            c61 = TSimd.MultiplyAdd(r, b1, c61);
            c62 = TSimd.MultiplyAdd(r, b2, c62);
            r = TSimd.Create(a[7]);
            c70 = TSimd.MultiplyAdd(r, b0, c70);
            c71 = TSimd.MultiplyAdd(r, b1, c71);
            c72 = TSimd.MultiplyAdd(r, b2, c72);
            a += 8;
            b += 3 * TSimd.Width;
        }

        TVector scale = TSimd.Create(alpha);
        Put<TTarget>(c, c00, scale);
        Put<TTarget>(c + TSimd.Width, c01, scale);
        Put<TTarget>(c + 2 * TSimd.Width, c02, scale);
        c += stride;
        Put<TTarget>(c, c10, scale);
        Put<TTarget>(c + TSimd.Width, c11, scale);
        Put<TTarget>(c + 2 * TSimd.Width, c12, scale);
        c += stride;
        Put<TTarget>(c, c20, scale);
        Put<TTarget>(c + TSimd.Width, c21, scale);
        Put<TTarget>(c + 2 * TSimd.Width, c22, scale);
        c += stride;
        Put<TTarget>(c, c30, scale);
        Put<TTarget>(c + TSimd.Width, c31, scale);
        Put<TTarget>(c + 2 * TSimd.Width, c32, scale);
        c += stride;
        Put<TTarget>(c, c40, scale);
        Put<TTarget>(c + TSimd.Width, c41, scale);
        Put<TTarget>(c + 2 * TSimd.Width, c42, scale);
        c += stride;
        Put<TTarget>(c, c50, scale);
        Put<TTarget>(c + TSimd.Width, c51, scale);
        Put<TTarget>(c + 2 * TSimd.Width, c52, scale);
        c += stride;
        Put<TTarget>(c, c60, scale);
        Put<TTarget>(c + TSimd.Width, c61, scale);
        Put<TTarget>(c + 2 * TSimd.Width, c62, scale);
        c += stride;
        Put<TTarget>(c, c70, scale);
        Put<TTarget>(c + TSimd.Width, c71, scale);
        Put<TTarget>(c + 2 * TSimd.Width, c72, scale);
    }
}
