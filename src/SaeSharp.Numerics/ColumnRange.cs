namespace SaeSharp.Numerics;

/// <summary>Latents <see cref="Start"/> … <see cref="End"/> − 1: the part of a code that a kernel looks at.</summary>
/// <param name="Start">First latent.</param>
/// <param name="End">One past the last latent.</param>
public readonly record struct ColumnRange(int Start, int End)
{
    /// <summary>Every latent.</summary>
    public static ColumnRange All => new(0, int.MaxValue);
}
