namespace SaeSharp.Interactions;

/// <summary>A token at which a pair acts.</summary>
/// <param name="Token">Its place in the stream, from 0.</param>
/// <param name="First">Activation of the first latent.</param>
/// <param name="Second">Activation of the second latent.</param>
public readonly record struct PairToken(long Token, float First, float Second)
{
    /// <summary>z_i z_j.</summary>
    public double Product => (double)First * Second;
}
