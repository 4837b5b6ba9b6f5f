using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>Rows of a micro-tile.</summary>
    public abstract int TileRows { get; }

    /// <summary>Columns of a micro-tile.</summary>
    public abstract int TileColumns { get; }

    /// <summary>
    /// c = alpha · a · b + beta · c for one micro-tile; a is packed [depth, <see cref="TileRows"/>], b [depth, <see cref="TileColumns"/>].
    /// With beta = 0 what c held does not matter.
    /// </summary>
    public abstract void Tile(int depth, float* a, float* b, float* c, int stride, float alpha, float beta);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    // 512-bit machines have 32 registers: 8 × 3 sums, 3 of b, 1 of a. The others have 16: 6 × 2 sums, 2 of b, 1 of a.
    private static bool IsWide => typeof(TSimd) == typeof(Simd.Simd512);

    public override int TileRows => IsWide ? 8 : 6;

    public override int TileColumns => (IsWide ? 3 : 2) * TSimd.Width;

    public override void Tile(int depth, float* a, float* b, float* c, int stride, float alpha, float beta)
    {
        if (IsWide) Tile8x3(depth, a, b, c, stride, alpha, beta);
        else Tile6x2(depth, a, b, c, stride, alpha, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, TVector sum, TVector alpha, float beta)
    {
        TVector value = TSimd.Multiply(alpha, sum);
        if (beta == 1f) value = TSimd.MultiplyAdd(alpha, sum, TSimd.Load(c));
        else if (beta != 0f) value = TSimd.MultiplyAdd(TSimd.Create(beta), TSimd.Load(c), value);
        TSimd.Store(c, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x3(int depth, float* a, float* b, float* c, int stride, float alpha, float beta)
    {
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero, c02 = TSimd.Zero, c10 = TSimd.Zero, c11 = TSimd.Zero, c12 = TSimd.Zero;
        TVector c20 = TSimd.Zero, c21 = TSimd.Zero, c22 = TSimd.Zero, c30 = TSimd.Zero, c31 = TSimd.Zero, c32 = TSimd.Zero;
        TVector c40 = TSimd.Zero, c41 = TSimd.Zero, c42 = TSimd.Zero, c50 = TSimd.Zero, c51 = TSimd.Zero, c52 = TSimd.Zero;
        TVector c60 = TSimd.Zero, c61 = TSimd.Zero, c62 = TSimd.Zero, c70 = TSimd.Zero, c71 = TSimd.Zero, c72 = TSimd.Zero;
        for (; depth > 0; depth--)
        {
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
        int w = TSimd.Width;
        Put(c, c00, scale, beta); Put(c + w, c01, scale, beta); Put(c + 2 * w, c02, scale, beta); c += stride;
        Put(c, c10, scale, beta); Put(c + w, c11, scale, beta); Put(c + 2 * w, c12, scale, beta); c += stride;
        Put(c, c20, scale, beta); Put(c + w, c21, scale, beta); Put(c + 2 * w, c22, scale, beta); c += stride;
        Put(c, c30, scale, beta); Put(c + w, c31, scale, beta); Put(c + 2 * w, c32, scale, beta); c += stride;
        Put(c, c40, scale, beta); Put(c + w, c41, scale, beta); Put(c + 2 * w, c42, scale, beta); c += stride;
        Put(c, c50, scale, beta); Put(c + w, c51, scale, beta); Put(c + 2 * w, c52, scale, beta); c += stride;
        Put(c, c60, scale, beta); Put(c + w, c61, scale, beta); Put(c + 2 * w, c62, scale, beta); c += stride;
        Put(c, c70, scale, beta); Put(c + w, c71, scale, beta); Put(c + 2 * w, c72, scale, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6x2(int depth, float* a, float* b, float* c, int stride, float alpha, float beta)
    {
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero, c10 = TSimd.Zero, c11 = TSimd.Zero, c20 = TSimd.Zero, c21 = TSimd.Zero;
        TVector c30 = TSimd.Zero, c31 = TSimd.Zero, c40 = TSimd.Zero, c41 = TSimd.Zero, c50 = TSimd.Zero, c51 = TSimd.Zero;
        for (; depth > 0; depth--)
        {
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
        int w = TSimd.Width;
        Put(c, c00, scale, beta); Put(c + w, c01, scale, beta); c += stride;
        Put(c, c10, scale, beta); Put(c + w, c11, scale, beta); c += stride;
        Put(c, c20, scale, beta); Put(c + w, c21, scale, beta); c += stride;
        Put(c, c30, scale, beta); Put(c + w, c31, scale, beta); c += stride;
        Put(c, c40, scale, beta); Put(c + w, c41, scale, beta); c += stride;
        Put(c, c50, scale, beta); Put(c + w, c51, scale, beta);
    }
}
