namespace SaeSharp.Models.Generation;

/// <summary>What was generated after one prompt.</summary>
/// <param name="Tokens">The new tokens; the stop token is not among them.</param>
/// <param name="Finish">Why it ended.</param>
public sealed record GeneratedSequence(IReadOnlyList<int> Tokens, FinishReason Finish);
