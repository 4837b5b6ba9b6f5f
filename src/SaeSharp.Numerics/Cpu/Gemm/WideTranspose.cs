using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>Packing of rows in squares of 16 × 16 floats, for machines with 512-bit vectors: whole lines are read and whole lines written.</summary>
internal static unsafe class WideTranspose
{
    private const int Side = 16;

    /// <summary>Whether a panel of this width can be packed in squares.</summary>
    public static bool Fits(int lanes, int width) => Avx512F.IsSupported && width % Side == 0 && lanes % Side == 0;

    /// <summary>Packs lanes (rows of the source) into one panel [depth, width].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel(float* source, long stride, int lanes, int depth, float* target, int width, bool stream)
    {
        stream &= (nuint)target % 64 == 0;
        int d = 0;
        for (; d <= depth - Side; d += Side)
        {
            for (int lane = 0; lane < lanes; lane += Side) Square(source + lane * stride + d, stride, target + (long)d * width + lane, width, stream);
        }

        for (; d < depth; d++)
        {
            for (int lane = 0; lane < lanes; lane++) target[(long)d * width + lane] = source[lane * stride + d];
        }

        if (stream) Memory.StoreFence();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Square(float* s, long stride, float* t, int width, bool stream)
    {
        // Four rows at a time give 4 × 4 squares in each 128-bit quarter; the last step gathers quarters of four such groups.
        Quarter(s, stride, out Vector512<float> a0, out Vector512<float> a1, out Vector512<float> a2, out Vector512<float> a3);
        Quarter(s + 4 * stride, stride, out Vector512<float> b0, out Vector512<float> b1, out Vector512<float> b2, out Vector512<float> b3);
        Quarter(s + 8 * stride, stride, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3);
        Quarter(s + 12 * stride, stride, out Vector512<float> d0, out Vector512<float> d1, out Vector512<float> d2, out Vector512<float> d3);
        Column(a0, b0, c0, d0, t, width, stream);
        Column(a1, b1, c1, d1, t + width, width, stream);
        Column(a2, b2, c2, d2, t + 2 * width, width, stream);
        Column(a3, b3, c3, d3, t + 3 * width, width, stream);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(float* s, long stride, out Vector512<float> x0, out Vector512<float> x1, out Vector512<float> x2, out Vector512<float> x3)
    {
        Vector512<float> r0 = Vector512.Load(s), r1 = Vector512.Load(s + stride), r2 = Vector512.Load(s + 2 * stride), r3 = Vector512.Load(s + 3 * stride);
        Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble(), high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(r2, r3).AsDouble(), high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        x0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        x1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        x2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        x3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    /// <summary>Columns j, j + 4, j + 8 and j + 12 of the square, from the quarters of column j modulo 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Column(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* t, int width, bool stream)
    {
        Vector512<float> ab02 = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00), ab13 = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        Vector512<float> cd02 = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00), cd13 = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        Put(t, Avx512F.Shuffle4x128(ab02, cd02, 0b10_00_10_00), stream);
        Put(t + 4 * width, Avx512F.Shuffle4x128(ab13, cd13, 0b10_00_10_00), stream);
        Put(t + 8 * width, Avx512F.Shuffle4x128(ab02, cd02, 0b11_01_11_01), stream);
        Put(t + 12 * width, Avx512F.Shuffle4x128(ab13, cd13, 0b11_01_11_01), stream);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* t, Vector512<float> value, bool stream)
    {
        if (stream) value.StoreAlignedNonTemporal(t);
        else value.Store(t);
    }
}
