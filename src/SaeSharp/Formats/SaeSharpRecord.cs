using SaeSharp.Dictionaries;

namespace SaeSharp.Formats;

/// <summary>What a <c>cfg.json</c> holds under <c>metadata.saesharp</c>: all that the layout itself has no words for.</summary>
/// <remarks>It stands inside <c>metadata</c>, which SAELens and its forks leave free, so that the keys beside it are exactly theirs.</remarks>
internal sealed record SaeSharpRecord
{
    /// <summary>Version of SaeSharp that wrote it.</summary>
    public required string Version { get; init; }

    /// <summary>The whole description, as needed to train on.</summary>
    public required DictionarySpec Spec { get; init; }

    /// <summary>BatchTopK's threshold in double precision; 0 for other sparsifiers.</summary>
    public double Threshold { get; init; }
}
