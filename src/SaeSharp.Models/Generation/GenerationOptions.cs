using SaeSharp.Models.Hooks;

namespace SaeSharp.Models.Generation;

/// <summary>How tokens are chosen, and when to stop.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most new tokens.</summary>
    public int MaximumTokens { get; init; } = 64;

    /// <summary>Divides the logits; 0 always takes the most likely token.</summary>
    public double Temperature { get; init; }

    /// <summary>Chooses among so many most likely tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Chooses among the fewest most likely tokens that have at least this probability together, after <see cref="TopK"/>.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Seed of the draws; each sequence of a batch has a stream of its own, so it does not depend on the others.</summary>
    public ulong Seed { get; init; }

    /// <summary>Tokens after which a sequence ends; usually the end-of-text token.</summary>
    public IReadOnlyList<int> StopAt { get; init; } = [];

    /// <summary>Edits that are in place from the prompt's first token on.</summary>
    public IReadOnlyList<(HookPoint Point, IEdit Edit)> Edits { get; init; } = [];

    /// <summary>Refuses values that make no sense.</summary>
    /// <exception cref="InputException">Names the value.</exception>
    internal void Validate()
    {
        if (MaximumTokens < 1) throw new InputException($"The number of new tokens is {MaximumTokens}; expected at least 1.");
        if (!(Temperature >= 0) || double.IsInfinity(Temperature)) throw new InputException($"The temperature is {Temperature}; expected 0 or more.");
        if (TopK < 0) throw new InputException($"Top-k is {TopK}; expected 0 (all tokens) or more.");
        if (!(TopP > 0 && TopP <= 1)) throw new InputException($"Top-p is {TopP}; expected more than 0 and at most 1.");
    }
}
