namespace SaeSharp.Models.Running;

/// <summary>States that a run is to write.</summary>
/// <param name="Layer">The block.</param>
/// <param name="Positions">After which tokens.</param>
/// <param name="Head">The one head that is wanted; null for all.</param>
public sealed record RequestedStates(int Layer, IReadOnlyList<int> Positions, int? Head)
{
    /// <summary>The tensor's name: <c>blocks.1.rec.states</c>, or <c>blocks.1.rec.states.head0</c>.</summary>
    public string Name => FormattableString.Invariant($"blocks.{Layer}.rec.states") + (Head is { } head ? FormattableString.Invariant($".head{head}") : string.Empty);
}
