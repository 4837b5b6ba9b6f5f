using System.Diagnostics;
using System.Runtime.InteropServices;
using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

/// <summary>What this machine can do at best, measured: the floor that kernels are compared with.</summary>
/// <param name="Threads">How many threads took part.</param>
/// <param name="Gflops">Single-precision fused multiply-adds from registers, 10⁹ FLOP/s (a multiply-add counts two).</param>
/// <param name="CopyGigabytesPerSecond">Copy between buffers far larger than the caches, 10⁹ bytes read plus bytes written a second.</param>
public readonly record struct MachinePeak(int Threads, double Gflops, double CopyGigabytesPerSecond)
{
    /// <summary>Measures; takes about half a second. Other load on the machine shows in the result.</summary>
    /// <param name="threads">How many threads to load; 0 for one a processor.</param>
    public static MachinePeak Measure(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (threads == 0) threads = Environment.ProcessorCount;
        return new MachinePeak(threads, MeasureGflops(threads), MeasureCopy(threads));
    }

    /// <summary>The share of the peak that a computation reached.</summary>
    /// <param name="flop">Its floating-point operations.</param>
    /// <param name="seconds">The time it took.</param>
    public double Fraction(double flop, double seconds) => flop / seconds / 1e9 / Gflops;

    private static double MeasureGflops(int threads)
    {
        double best = 0;
        for (int repeat = 0; repeat < 30; repeat++) best = Math.Max(best, MeasureGflopsOnce(threads));
        return best;
    }

    /// <summary>One short measurement (a few milliseconds), to be taken right before and after what it is compared with on a machine with other load.</summary>
    internal static double MeasureGflopsOnce(int threads)
    {
        const long Iterations = 20_000;
        var kernels = RowKernels.For(CpuDevice.BestLevel);
        // More chunks than threads, so that a late helper costs little.
        int chunks = 20 * threads;
        long start = Stopwatch.GetTimestamp();
        new WorkSplitter(threads).Run(chunks, new ChainWork(kernels, Iterations));
        return (double)chunks * Iterations * kernels.FlopPerIteration / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    private static unsafe double MeasureCopy(int threads)
    {
        const long Bytes = 128L << 20;
        byte* source = (byte*)Memory.Allocate((nuint)Bytes), target = (byte*)Memory.Allocate((nuint)Bytes);
        try
        {
            NativeMemory.Fill(source, (nuint)Bytes, 1);
            NativeMemory.Fill(target, (nuint)Bytes, 2);
            var splitter = new WorkSplitter(threads);
            double best = 0;
            for (int repeat = 0; repeat < 6; repeat++)
            {
                long start = Stopwatch.GetTimestamp();
                splitter.Run((int)(Bytes / CopyWork.Block), new CopyWork(source, target));
                best = Math.Max(best, 2.0 * Bytes / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
            }

            return best;
        }
        finally
        {
            NativeMemory.AlignedFree(source);
            NativeMemory.AlignedFree(target);
        }
    }

    private readonly struct ChainWork(RowKernels kernels, long iterations) : IChunkedWork
    {
        public void Run(int chunk)
        {
            if (!float.IsFinite(kernels.FmaChains(iterations))) throw new InvalidOperationException("The chains must stay finite.");
        }
    }

    private readonly unsafe struct CopyWork(byte* source, byte* target) : IChunkedWork
    {
        public const long Block = 1 << 20;

        public void Run(int chunk) => Buffer.MemoryCopy(source + chunk * Block, target + chunk * Block, Block, Block);
    }
}
