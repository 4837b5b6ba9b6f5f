using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>Most floats of a micro-tile on any machine.</summary>
    public const int LargestTile = 8 * 48;

    /// <summary>Rows of a micro-tile: the width of packed panels of the left operand.</summary>
    public abstract int TileRows { get; }

    /// <summary>Columns of a micro-tile: the width of packed panels of the right operand.</summary>
    public abstract int TileColumns { get; }

    /// <summary>c = alpha · a · b, or c += alpha · a · b, for one micro-tile.</summary>
    /// <param name="accumulate">Whether to add to c; otherwise what c held does not matter.</param>
    /// <param name="columns">How many columns are wanted; those up to the next multiple of the vector width are written too.</param>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="a">[depth, <see cref="TileRows"/>]</param>
    /// <param name="b">[depth, <see cref="TileColumns"/>]</param>
    /// <param name="c">[<see cref="TileRows"/>, columns]</param>
    /// <param name="stride">Of c.</param>
    /// <param name="alpha">Scale.</param>
    /// <param name="next">What to fetch into the second-level cache meanwhile, a line every <paramref name="step"/> bytes of a depth step.</param>
    /// <param name="step">Bytes to go on in <paramref name="next"/> for each step of depth.</param>
    public abstract void Tile(bool accumulate, int columns, int depth, float* a, float* b, float* c, int stride, float alpha, byte* next, int step);

    /// <summary>c = a · b for one full micro-tile whose rows follow each other.</summary>
    public void Tile(int depth, float* a, float* b, float* c) => Tile(accumulate: false, TileColumns, depth, a, b, c, TileColumns, 1f, (byte*)b, 0);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    private static bool IsWide => typeof(TSimd) == typeof(Simd.Simd512);

    public override int TileRows => IsWide ? 8 : 6;

    public override int TileColumns => (IsWide ? 3 : 2) * TSimd.Width;

    public override void Tile(bool accumulate, int columns, int depth, float* a, float* b, float* c, int stride, float alpha, byte* next, int step)
    {
        if (accumulate) Tile<Accumulate>(columns, depth, a, b, c, stride, alpha, next, step);
        else Tile<Overwrite>(columns, depth, a, b, c, stride, alpha, next, step);
    }

    private static void Tile<TTarget>(int columns, int depth, float* a, float* b, float* c, int stride, float alpha, byte* next, int step)
        where TTarget : struct
    {
        if (IsWide)
        {
            if (columns > 2 * TSimd.Width) Tile8x3<TTarget>(depth, a, b, c, stride, alpha, next, step);
            else if (columns > TSimd.Width) Tile8x2<TTarget>(depth, a, b, c, stride, alpha, next, step);
            else Tile8x1<TTarget>(depth, a, b, c, stride, alpha, next, step);
        }
        else if (columns > TSimd.Width)
        {
            Tile6x2<TTarget>(depth, a, b, c, stride, alpha, next, step);
        }
        else
        {
            Tile6x1<TTarget>(depth, a, b, c, stride, alpha, next, step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TTarget>(float* c, TVector sum, TVector alpha)
        where TTarget : struct
    {
        if (typeof(TTarget) == typeof(Accumulate)) TSimd.Store(c, TSimd.MultiplyAdd(alpha, sum, TSimd.Load(c)));
        else TSimd.Store(c, TSimd.Multiply(alpha, sum));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchTarget1(float* c) => Memory.PrefetchL1(c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchTarget2(float* c)
    {
        Memory.PrefetchL1(c);
        Memory.PrefetchL1(c + 2 * TSimd.Width - 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchTarget3(float* c)
    {
        Memory.PrefetchL1(c);
        Memory.PrefetchL1(c + TSimd.Width);
        Memory.PrefetchL1(c + 2 * TSimd.Width);
    }

    /// <summary>The tile is added to what its target held.</summary>
    private readonly struct Accumulate;

    /// <summary>The tile replaces what its target held.</summary>
    private readonly struct Overwrite;
}
