using System.Runtime.Intrinsics;

namespace SaeSharp.Numerics.Cpu.Kernels;

/// <summary>What the CPU device does to runs of consecutive floats; one instance for each instruction set.</summary>
/// <remarks>Each family of kernels has its own file: the abstract signatures and, below them, the one generic implementation.</remarks>
internal abstract unsafe partial class RowKernels
{
    /// <summary>Floats in a vector.</summary>
    public abstract int VectorWidth { get; }

    public static RowKernels For(SimdLevel level) => level switch
    {
        SimdLevel.Avx512 => new RowKernels<Simd.Simd512, Vector512<float>>(),
        SimdLevel.Avx2 => new RowKernels<Simd.Simd256, Vector256<float>>(),
        _ => new RowKernels<Simd.Simd128, Vector128<float>>(),
    };
}

/// <inheritdoc/>
internal sealed unsafe partial class RowKernels<TSimd, TVector> : RowKernels
    where TSimd : struct, Simd.ISimd<TVector>
    where TVector : unmanaged
{
    public override int VectorWidth => TSimd.Width;
}
