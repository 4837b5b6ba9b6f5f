namespace SaeSharp.Recipes;

/// <summary>What finished dictionaries are measured on.</summary>
public sealed record EvaluationSpec
{
    /// <summary>Held-out text, gzip text or JSONL; unset: dictionaries are not measured when the run ends.</summary>
    public string? Corpus { get; init; }

    /// <summary>Tokens of the held-out text that are used, contexts from its start; 0: all of it.</summary>
    public long Tokens { get; init; } = 32_768;
}
