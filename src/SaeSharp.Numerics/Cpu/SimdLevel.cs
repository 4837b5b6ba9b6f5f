namespace SaeSharp.Numerics;

/// <summary>Which vector instructions the CPU kernels may use; higher levels are faster.</summary>
public enum SimdLevel
{
    /// <summary>128-bit vectors as .NET offers them on every machine (SSE, NEON, or plain code).</summary>
    Portable,

    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2,

    /// <summary>512-bit vectors.</summary>
    Avx512,
}
