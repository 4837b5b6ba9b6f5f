namespace SaeSharp.Interactions;

/// <summary>Two latents that a polynomial decoder composes.</summary>
/// <param name="First">The smaller latent.</param>
/// <param name="Second">The larger latent.</param>
/// <param name="Strength">‖β_ij‖, without λ₂ and without activations.</param>
public readonly record struct InteractionPair(int First, int Second, double Strength);
