using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

/// <summary>Kernels for the processor: hand-vectorised, split over threads in pieces that depend on shapes only.</summary>
/// <remarks>
/// Safe to call from several threads as long as they do not write the same memory: scratch memory is borrowed for each call.
/// Results are bit-identical for any number of threads; between instruction sets they differ by rounding.
/// </remarks>
public sealed partial class CpuDevice : Device
{
    private readonly RowKernels _kernels;
    private readonly WorkSplitter _splitter;
    private readonly BufferPool _scratch = new();

    /// <summary>Makes a device.</summary>
    /// <param name="threads">How many threads a kernel may use; 0 for one a processor.</param>
    /// <param name="maximum">The best instruction set to use; lower than the machine's for tests.</param>
    public CpuDevice(int threads = 0, SimdLevel maximum = SimdLevel.Avx512)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Level = (SimdLevel)Math.Min((int)maximum, (int)BestLevel);
        _splitter = new WorkSplitter(threads == 0 ? Environment.ProcessorCount : threads);
        _kernels = RowKernels.For(Level);
    }

    /// <summary>The best instruction set of this machine.</summary>
    public static SimdLevel BestLevel =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? SimdLevel.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? SimdLevel.Avx2
        : SimdLevel.Portable;

    /// <summary>The instruction set in use.</summary>
    public SimdLevel Level { get; }

    /// <inheritdoc/>
    public override string Name => $"cpu ({Threads} thread{(Threads == 1 ? "" : "s")}, {LevelName})";

    /// <inheritdoc/>
    public override int Threads => _splitter.Threads;

    private string LevelName => Level switch
    {
        SimdLevel.Avx512 => "AVX-512",
        SimdLevel.Avx2 => "AVX2",
        _ => "128-bit",
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _scratch.Clear();
        base.Dispose(disposing);
    }
}
