namespace SaeSharp.Models.Running;

/// <summary>What <c>saesharp run</c> is asked for.</summary>
public sealed record ModelRunOptions
{
    /// <summary>The model's folder; no tokenizer is needed.</summary>
    public required string Model { get; init; }

    /// <summary>A safetensors file with token ids, [T] or [B, T], I64 or I32 (other integer types are read too).</summary>
    public required string Ids { get; init; }

    /// <summary>The name of the ids in it.</summary>
    public string IdsName { get; init; } = "input_ids";

    /// <summary>Names of hook points to capture.</summary>
    public IReadOnlyList<string> Capture { get; init; } = [];

    /// <summary>A file of state edits and states to capture (<see cref="StateEditFile"/>); null for none.</summary>
    public string? Edits { get; init; }

    /// <summary>The safetensors file to write.</summary>
    public required string Out { get; init; }

    /// <summary>Most tokens that are run at once; whole sequences, at least one.</summary>
    public int TokensPerPass { get; init; } = 4096;
}
