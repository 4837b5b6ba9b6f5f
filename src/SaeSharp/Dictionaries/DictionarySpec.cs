namespace SaeSharp.Dictionaries;

/// <summary>What a dictionary is: the description that a recipe's <c>dictionaries:</c> entry holds.</summary>
/// <remarks>Immutable. <see cref="Validate"/> refuses what makes no sense with a sentence that says why.</remarks>
public sealed record DictionarySpec
{
    /// <summary>Name of the dictionary in its run: a folder name.</summary>
    public string Name { get; init; } = "dictionary";

    /// <summary>Number of latents F.</summary>
    public int Latents { get; init; } = 2048;

    /// <summary>Folder of a dictionary to start from, in any layout that <c>inspect</c> knows; its weights replace the random start.</summary>
    public string? Init { get; init; }

    /// <summary>How latents are scored.</summary>
    public EncoderSpec Encoder { get; init; } = new();

    /// <summary>Which scores are kept.</summary>
    public SparsifierSpec Sparsifier { get; init; } = new();

    /// <summary>How codes become reconstructions.</summary>
    public DecoderSpec Decoder { get; init; } = new();

    /// <summary>The auxiliary loss that revives dead latents.</summary>
    public AuxKSpec AuxK { get; init; } = new();

    /// <summary>Nested prefixes that must reconstruct on their own; none by default.</summary>
    public MatryoshkaSpec Matryoshka { get; init; } = new();

    /// <summary>Checks the description against the width of the activations.</summary>
    /// <param name="width">Width D of the activations.</param>
    /// <exception cref="InputException">A number is out of range, or the pieces do not go together.</exception>
    public void Validate(int width) => DictionarySpecValidator.Validate(this, width);
}
