namespace SaeSharp.Dictionaries;

/// <summary>Nested prefixes of latents, each of which must reconstruct on its own.</summary>
public sealed record MatryoshkaSpec
{
    /// <summary>Ascending prefix lengths; the whole dictionary is added if it is not the last. Empty: no nesting.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>Inner levels of a polynomial decoder: <c>same</c> (the polynomial of the masked code) or <c>linear</c> (a linear dictionary of their own, as published).</summary>
    public MatryoshkaInner Inner { get; init; } = MatryoshkaInner.Same;

    /// <summary>Weight of each level's loss, one a level, the whole last; empty: 1 each.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [];
}

/// <summary>What decodes an inner level.</summary>
public enum MatryoshkaInner
{
    /// <summary>The dictionary's decoder on the masked code.</summary>
    Same,

    /// <summary>A separate linear table (the published PolyMatryoshka).</summary>
    Linear,
}
