using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>FLOP of one iteration of <see cref="FmaChains"/>.</summary>
    public abstract int FlopPerIteration { get; }

    /// <summary>Twelve independent chains of fused multiply-adds and nothing else: what the machine can do at best.</summary>
    public abstract float FmaChains(long iterations);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    public override int FlopPerIteration => 12 * 2 * TSimd.Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float FmaChains(long iterations)
    {
        TVector x = TSimd.Create(0.999f), y = TSimd.Create(0.001f);
        TVector s0 = y, s1 = y, s2 = y, s3 = y, s4 = y, s5 = y, s6 = y, s7 = y, s8 = y, s9 = y, s10 = y, s11 = y;
        for (; iterations > 0; iterations--)
        {
            s0 = TSimd.MultiplyAdd(s0, x, y);
            s1 = TSimd.MultiplyAdd(s1, x, y);
            s2 = TSimd.MultiplyAdd(s2, x, y);
            s3 = TSimd.MultiplyAdd(s3, x, y);
            s4 = TSimd.MultiplyAdd(s4, x, y);
            s5 = TSimd.MultiplyAdd(s5, x, y);
            s6 = TSimd.MultiplyAdd(s6, x, y);
            s7 = TSimd.MultiplyAdd(s7, x, y);
            s8 = TSimd.MultiplyAdd(s8, x, y);
            s9 = TSimd.MultiplyAdd(s9, x, y);
            s10 = TSimd.MultiplyAdd(s10, x, y);
            s11 = TSimd.MultiplyAdd(s11, x, y);
        }

        s0 = TSimd.Add(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)), TSimd.Add(TSimd.Add(s4, s5), TSimd.Add(s6, s7)));
        return TSimd.Sum(TSimd.Add(TSimd.Add(s0, TSimd.Add(s8, s9)), TSimd.Add(s10, s11)));
    }
}
