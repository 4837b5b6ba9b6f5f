namespace SaeSharp.Numerics.Cpu.Kernels;

/// <summary>What becomes of what a target held.</summary>
internal enum TargetMode
{
    /// <summary>It is replaced.</summary>
    Overwrite,

    /// <summary>It is added to.</summary>
    Accumulate,

    /// <summary>It is replaced, past the caches: for targets too large to be found there by whoever reads them next.</summary>
    Stream,
}
