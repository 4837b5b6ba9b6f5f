using System.Text.Json.Nodes;

namespace SaeSharp.Formats;

/// <summary>Where a dictionary comes from: the <c>metadata</c> of its <c>cfg.json</c>, in SAELens' words.</summary>
public sealed record Provenance
{
    /// <summary>The host model (<c>model_name</c>).</summary>
    public string? Model { get; init; }

    /// <summary>The hook point (<c>hook_name</c>).</summary>
    public string? Hook { get; init; }

    /// <summary>Tokens a context (<c>context_size</c>).</summary>
    public int? Context { get; init; }

    /// <summary>Whether contexts began with a beginning-of-text token (<c>prepend_bos</c>).</summary>
    public bool? PrependBos { get; init; }

    /// <summary>The corpus (<c>dataset_path</c>).</summary>
    public string? Dataset { get; init; }

    /// <summary>Vectors that it was trained on (<c>training_tokens</c>).</summary>
    public long? TrainingTokens { get; init; }

    /// <summary>Seed of the run (<c>seed</c>).</summary>
    public ulong? Seed { get; init; }

    /// <summary>Other entries, written and read as they are.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Other { get; init; } = new Dictionary<string, JsonNode?>();
}
