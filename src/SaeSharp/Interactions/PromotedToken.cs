namespace SaeSharp.Interactions;

/// <summary>A token that a direction speaks for.</summary>
/// <param name="Id">The token.</param>
/// <param name="Logit">What a residual stream that points along the direction adds to its logit; final norm taken to scale it to root mean square 1.</param>
public readonly record struct PromotedToken(int Id, double Logit);
