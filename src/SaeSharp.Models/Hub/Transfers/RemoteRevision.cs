namespace SaeSharp.Models.Hub.Transfers;

/// <summary>What a hub says of a model's revision.</summary>
/// <param name="Commit">The commit that it is.</param>
/// <param name="Files">The names of its files, as the hub gives them: any text.</param>
internal sealed record RemoteRevision(string Commit, IReadOnlySet<string> Files);
