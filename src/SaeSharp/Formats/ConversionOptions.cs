namespace SaeSharp.Formats;

/// <summary>What a conversion changes besides the layout.</summary>
public sealed record ConversionOptions
{
    /// <summary>Turns a linear dictionary into a PolySAE that computes the same (section 1.6 of the PolySAE spec).</summary>
    public bool ImportLinear { get; init; }

    /// <summary>Keeps the linear part of a PolySAE only, as a standard dictionary: <c>W_dec = U·C1ᵀ</c>.</summary>
    public bool ExportLinear { get; init; }

    /// <summary>Order of an imported PolySAE: 1, 2 or 3.</summary>
    public int Order { get; init; } = 3;

    /// <summary>Ranks R2 and R3 of an imported PolySAE; empty: a sixteenth of the width, at least 4. R1 is what exactness needs.</summary>
    public IReadOnlyList<int> InteractionRanks { get; init; } = [];

    /// <summary>Whether a dictionary that is there already may be replaced.</summary>
    public bool Overwrite { get; init; }
}
