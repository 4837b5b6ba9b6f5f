namespace SaeSharp.Interactions;

/// <summary>Three distinct latents that a polynomial decoder composes.</summary>
/// <param name="First">The smallest latent.</param>
/// <param name="Second">The middle latent.</param>
/// <param name="Third">The largest latent.</param>
/// <param name="Strength">‖γ_ijk‖, without λ₃ and without activations.</param>
public readonly record struct InteractionTriple(int First, int Second, int Third, double Strength);
