namespace SaeSharp.Dictionaries;

/// <summary>How latents are scored.</summary>
public sealed record EncoderSpec
{
    /// <summary><c>linear</c>: h = W (x − b_dec) + b; <c>gated</c>: a gate path and a magnitude path over one matrix.</summary>
    public EncoderKind Kind { get; init; } = EncoderKind.Linear;

    /// <summary><c>tied</c>: encoder rows start along the decoder's linear directions; <c>random</c>: unrelated to them, as the published PolySAE starts.</summary>
    public EncoderStart Start { get; init; } = EncoderStart.Tied;

    /// <summary>Whether the decoder bias is subtracted from the input first.</summary>
    public bool SubtractDecoderBias { get; init; } = true;

    /// <summary>Whether the gate path's auxiliary reconstruction trains the decoder too, for <c>gated</c> (SAELens: yes; dictionary_learning: no).</summary>
    public bool GateTrainsDecoder { get; init; } = true;
}

/// <summary>The encoders of the house.</summary>
public enum EncoderKind
{
    /// <summary>One matrix and one bias.</summary>
    Linear,

    /// <summary>Gated SAE: gate and magnitude share a matrix.</summary>
    Gated,
}

/// <summary>Where an encoder starts.</summary>
public enum EncoderStart
{
    /// <summary>Along the decoder's linear directions, at the decoder's start norm.</summary>
    Tied,

    /// <summary>Independent of the decoder.</summary>
    Random,
}
