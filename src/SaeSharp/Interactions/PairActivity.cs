namespace SaeSharp.Interactions;

/// <summary>Where and how much a pair acts over a stream of tokens.</summary>
/// <param name="Pair">The pair; its strength computed in double.</param>
/// <param name="Tokens">Tokens at which both latents are active.</param>
/// <param name="MeanProduct">Mean of z_i z_j over those tokens; 0 if there are none.</param>
/// <param name="Energy">Σ‖c‖² / Σ‖x̂ − b_dec‖² over all tokens, c = 2λ₂ z_i z_j β_ij.</param>
/// <param name="Share">Σ⟨c, x̂ − b_dec⟩ / Σ‖x̂ − b_dec‖² over all tokens: its part of the reconstruction, additive over terms.</param>
/// <param name="TopTokens">Tokens with the largest z_i z_j, largest first.</param>
public sealed record PairActivity(InteractionPair Pair, long Tokens, double MeanProduct, double Energy, double Share, IReadOnlyList<PairToken> TopTokens);
