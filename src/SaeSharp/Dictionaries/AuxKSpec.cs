namespace SaeSharp.Dictionaries;

/// <summary>The auxiliary loss: dead latents are asked to explain what the living ones leave over.</summary>
public sealed record AuxKSpec
{
    /// <summary>
    /// <c>published</c>: raw scores through the whole decoder, bias included (SAELens, PolySAE);
    /// <c>sound</c>: rectified scores through the linear part, no bias, divided by the residual's variance (dictionary_learning);
    /// <c>off</c>. Only <c>topk</c> and <c>batchtopk</c> use it.
    /// </summary>
    public AuxKRule Rule { get; init; } = AuxKRule.Published;

    /// <summary>Weight of the loss; unset: 1 for <c>published</c>, 1/32 for <c>sound</c>.</summary>
    public double? Coefficient { get; init; }

    /// <summary>Most dead latents used a token; 0: half the width.</summary>
    public int K { get; init; }

    /// <summary>A latent is dead when it has been silent for more than this many steps (<c>published</c>).</summary>
    public int DeadAfterSteps { get; init; } = 1000;

    /// <summary>A latent is dead when it has been silent for at least this many tokens (<c>sound</c>).</summary>
    public long DeadAfterTokens { get; init; } = 10_000_000;
}

/// <summary>Which auxiliary loss.</summary>
public enum AuxKRule
{
    /// <summary>SAELens' and PolySAE's.</summary>
    Published,

    /// <summary>dictionary_learning's, and the linear part only for polynomial decoders.</summary>
    Sound,

    /// <summary>None.</summary>
    Off,
}
