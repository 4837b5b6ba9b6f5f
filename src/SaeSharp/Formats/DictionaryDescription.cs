using SaeSharp.Dictionaries;

namespace SaeSharp.Formats;

/// <summary>What lies in a dictionary's folder, as <c>inspect</c> prints it.</summary>
public sealed record DictionaryDescription
{
    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>How it is laid out.</summary>
    public required DictionaryLayout Layout { get; init; }

    /// <summary>The architecture in the layout's own words, e.g. <c>poly_jumprelu</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Width D of the vectors.</summary>
    public required int Width { get; init; }

    /// <summary>The dictionary's description; what the layout does not say is at its default.</summary>
    public required DictionarySpec Spec { get; init; }

    /// <summary>Whether every key of the description was recorded by SaeSharp, rather than told from the layout's keys.</summary>
    public required bool IsRecorded { get; init; }

    /// <summary>Number of trained scalars.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Where it comes from.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>The stored tensors with type and shape, e.g. <c>W_enc F32 [768, 16384]</c>.</summary>
    public required IReadOnlyList<string> Tensors { get; init; }

    /// <summary>Stored tensors that are not used.</summary>
    public required IReadOnlyList<string> IgnoredTensors { get; init; }
}
