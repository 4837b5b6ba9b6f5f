namespace SaeSharp.Dictionaries;

/// <summary>How codes become reconstructions.</summary>
public sealed record DecoderSpec
{
    /// <summary><c>linear</c>: x̂ = b + Σ z_f d_f; <c>polynomial</c>: pair and triple interactions too (PolySAE, eq. 1.3).</summary>
    public DecoderKind Kind { get; init; } = DecoderKind.Linear;

    /// <summary>Highest order of the polynomial: 1, 2 or 3.</summary>
    public int Order { get; init; } = 3;

    /// <summary>Ranks R1 ≥ R2 ≥ R3 of the polynomial; empty: the width, and a sixteenth of it (at least 4) twice.</summary>
    public IReadOnlyList<int> Ranks { get; init; } = [];

    /// <summary>Where λ₂ starts.</summary>
    public double Lambda2 { get; init; } = -0.5;

    /// <summary>Where λ₃ starts.</summary>
    public double Lambda3 { get; init; } = 0.5;

    /// <summary>Whether one projection U serves all orders. Separate ones are the published code's legacy mode (and its default), not the paper's model.</summary>
    public bool SharedProjection { get; init; } = true;

    /// <summary>Whether U is made orthonormal again after each step. Off only for ablations.</summary>
    public bool Retraction { get; init; } = true;

    /// <summary>Whether U's gradient loses its part normal to the orthonormal matrices before Adam sees it; the published code does not project.</summary>
    public bool TangentProjection { get; init; }

    /// <summary>Rows of a linear decoder: <c>free</c>, or <c>unit</c> (gradient projected, norm restored after each step).</summary>
    public DecoderRows Rows { get; init; } = DecoderRows.Free;

    /// <summary>Norm at which linear directions start.</summary>
    public double InitialNorm { get; init; } = 0.1;

    /// <summary>How a polynomial decoder starts: <c>published</c> (random orthonormal U, Kaiming-uniform maps) or <c>twin</c> (as exactly the linear decoder of the same seed).</summary>
    public DecoderStart Start { get; init; } = DecoderStart.Published;
}

/// <summary>The decoders of the house.</summary>
public enum DecoderKind
{
    /// <summary>A weighted sum of directions.</summary>
    Linear,

    /// <summary>PolySAE: linear, pair and triple terms through a shared projection.</summary>
    Polynomial,
}

/// <summary>What is asked of a linear decoder's rows.</summary>
public enum DecoderRows
{
    /// <summary>Nothing.</summary>
    Free,

    /// <summary>Norm one.</summary>
    Unit,
}

/// <summary>Where a polynomial decoder starts.</summary>
public enum DecoderStart
{
    /// <summary>As the published code: U orthonormal at random, every output map Kaiming-uniform in its rank.</summary>
    Published,

    /// <summary>As the linear decoder of the same seed, factorised; the maps of pairs and triples start at zero.</summary>
    Twin,
}
