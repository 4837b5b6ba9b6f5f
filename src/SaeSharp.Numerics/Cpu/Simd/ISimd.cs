namespace SaeSharp.Numerics.Cpu.Simd;

/// <summary>The vector operations that kernels are written in: one kernel source, one instance for each width.</summary>
/// <typeparam name="TVector">The register type, e.g. <c>Vector512&lt;float&gt;</c>.</typeparam>
/// <remarks>Instances are structs, so that the JIT compiles each kernel separately for each of them and inlines every operation.</remarks>
internal unsafe interface ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>Number of floats in a vector.</summary>
    static abstract int Width { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Create(float value);

    static abstract TVector Load(float* source);

    static abstract void Store(float* target, TVector value);

    /// <summary>Stores past the caches; the target is aligned to the vector.</summary>
    static abstract void StoreNonTemporal(float* target, TVector value);

    static abstract TVector Add(TVector x, TVector y);

    static abstract TVector Subtract(TVector x, TVector y);

    static abstract TVector Multiply(TVector x, TVector y);

    static abstract TVector Divide(TVector x, TVector y);

    static abstract TVector SquareRoot(TVector x);

    static abstract TVector Abs(TVector x);

    /// <summary>x · y + z; fused where the hardware fuses.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector z);

    /// <summary>The lanes added up in a fixed order.</summary>
    static abstract float Sum(TVector x);

    /// <summary>The larger of each pair; <paramref name="y"/> where <paramref name="x"/> is NaN.</summary>
    static abstract TVector MaxNumber(TVector x, TVector y);

    /// <summary>All bits of each lane with x &gt; y (none for NaN).</summary>
    static abstract TVector GreaterThan(TVector x, TVector y);

    /// <summary>All bits of each lane with x ≥ y (none for NaN).</summary>
    static abstract TVector GreaterThanOrEqual(TVector x, TVector y);

    /// <summary>Lanes that both comparisons chose.</summary>
    static abstract TVector And(TVector x, TVector y);

    /// <summary>One bit a lane of a comparison's result.</summary>
    static abstract uint Bits(TVector mask);

    /// <summary>Stores the lanes that a comparison chose, and their indices (lane + <paramref name="start"/>), one after the other.</summary>
    /// <returns>How many there were; up to <see cref="Width"/> places behind the targets are overwritten, chosen or not.</returns>
    static abstract int Append(TVector value, TVector mask, int start, float* values, int* indices);

    /// <summary>The same with indices from memory.</summary>
    static abstract int Append(TVector value, TVector mask, int* from, float* values, int* indices);

    /// <summary>The lower half of x · y added to an accumulator of doubles that lives in the bits of a vector.</summary>
    static abstract TVector MultiplyAddWideLower(TVector x, TVector y, TVector wide);

    /// <summary>The upper half of x · y added to an accumulator of doubles that lives in the bits of a vector.</summary>
    static abstract TVector MultiplyAddWideUpper(TVector x, TVector y, TVector wide);

    /// <summary>Doubles (half as many as floats) into the bits of a vector.</summary>
    static abstract TVector LoadWide(double* source);

    /// <summary>The doubles in the bits of a vector to memory.</summary>
    static abstract void StoreWide(double* target, TVector wide);

    /// <summary>x · y + z of doubles that live in the bits of vectors.</summary>
    static abstract TVector MultiplyAddWide(TVector x, TVector y, TVector z);

    /// <summary>Element-wise sum of two accumulators of doubles.</summary>
    static abstract TVector AddWide(TVector x, TVector y);

    /// <summary>The doubles of an accumulator added up in a fixed order.</summary>
    static abstract double SumWide(TVector wide);

    /// <summary>The smaller of each pair; if either is NaN, which of the two is the hardware's business.</summary>
    static abstract TVector Minimum(TVector x, TVector y);

    /// <summary>The larger of each pair; if either is NaN, which of the two is the hardware's business.</summary>
    static abstract TVector Maximum(TVector x, TVector y);

    /// <summary>x · 2ⁿ with n the lowest nine bits of <paramref name="bits"/> as a signed number; the result must be a normal float.</summary>
    static abstract TVector AddToExponent(TVector x, TVector bits);
}
