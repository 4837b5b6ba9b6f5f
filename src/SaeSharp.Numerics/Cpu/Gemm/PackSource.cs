using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>An operand as packing reads it: lanes (rows of the left operand, columns of the right one) by depth.</summary>
/// <param name="view">The memory.</param>
/// <param name="transposed">Whether a lane is a row of the view (depth runs along it); otherwise a lane is a column.</param>
internal readonly unsafe struct PackSource(MatrixView view, bool transposed)
{
    /// <summary>Whether lanes are rows, so that packing turns the memory round.</summary>
    public bool Transposed => transposed;

    /// <summary>Packs <paramref name="lanes"/> lanes into one panel [depth, width]; lanes that are missing become zeros.</summary>
    /// <param name="lane">First lane.</param>
    /// <param name="lanes">How many, at most <paramref name="width"/>.</param>
    /// <param name="start">First step of depth.</param>
    /// <param name="depth">How many.</param>
    /// <param name="target">The panel.</param>
    /// <param name="width">Its width.</param>
    /// <param name="stream">Whether the panel is read so much later that it had better not displace other memory from the caches.</param>
    public void Panel(int lane, int lanes, int start, int depth, float* target, int width, bool stream = false)
    {
        if (transposed && WideTranspose.Fits(lanes, width)) WideTranspose.Panel(view.RowPointer(lane) + start, view.Stride, lanes, depth, target, width, stream);
        else if (transposed) Transpose(view.RowPointer(lane) + start, view.Stride, lanes, depth, target, width);
        else Copy(view.RowPointer(start) + lane, view.Stride, lanes, depth, target, width);
        for (int d = 0; lanes < width && d < depth; d++) new Span<float>(target + (long)d * width + lanes, width - lanes).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(float* source, long stride, int lanes, int depth, float* target, int width)
    {
        for (int d = 0; d < depth; d++, source += stride, target += width)
        {
            int lane = 0;
            for (; lane <= lanes - 16; lane += 16) Vector512.Load(source + lane).Store(target + lane);
            for (; lane <= lanes - 4; lane += 4) Vector128.Load(source + lane).Store(target + lane);
            for (; lane < lanes; lane++) target[lane] = source[lane];
        }
    }

    /// <summary>Four by four values at a time; sixteen deep, so that lines of the source are used whole before the next lanes are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* source, long stride, int lanes, int depth, float* target, int width)
    {
        for (int block = 0; block < depth; block += 16)
        {
            int end = Math.Min(depth, block + 16);
            int lane = 0;
            for (; lane <= lanes - 4; lane += 4)
            {
                float* s0 = source + lane * stride, s1 = s0 + stride, s2 = s1 + stride, s3 = s2 + stride;
                int d = block;
                for (; Sse.IsSupported && d <= end - 4; d += 4)
                {
                    Vector128<float> r0 = Vector128.Load(s0 + d), r1 = Vector128.Load(s1 + d), r2 = Vector128.Load(s2 + d), r3 = Vector128.Load(s3 + d);
                    Vector128<float> low01 = Sse.UnpackLow(r0, r1), high01 = Sse.UnpackHigh(r0, r1);
                    Vector128<float> low23 = Sse.UnpackLow(r2, r3), high23 = Sse.UnpackHigh(r2, r3);
                    float* t = target + (long)d * width + lane;
                    Sse.MoveLowToHigh(low01, low23).Store(t);
                    Sse.MoveHighToLow(low23, low01).Store(t + width);
                    Sse.MoveLowToHigh(high01, high23).Store(t + 2 * width);
                    Sse.MoveHighToLow(high23, high01).Store(t + 3 * width);
                }

                for (; d < end; d++)
                {
                    float* t = target + (long)d * width + lane;
                    (t[0], t[1], t[2], t[3]) = (s0[d], s1[d], s2[d], s3[d]);
                }
            }

            for (; lane < lanes; lane++)
            {
                float* s = source + lane * stride;
                for (int d = block; d < end; d++) target[(long)d * width + lane] = s[d];
            }
        }
    }
}
