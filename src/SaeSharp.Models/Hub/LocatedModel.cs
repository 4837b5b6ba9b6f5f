namespace SaeSharp.Models.Hub;

/// <summary>A model that lies on this machine.</summary>
/// <param name="Folder">Where: a Hugging Face folder.</param>
/// <param name="Id">Its id; null for a folder that was named as such.</param>
/// <param name="Commit">The commit that it is; null for a folder.</param>
/// <param name="DownloadedFiles">The files that were fetched for it now.</param>
/// <param name="DownloadedBytes">How many bytes that took.</param>
public sealed record LocatedModel(string Folder, ModelId? Id, string? Commit, IReadOnlyList<string> DownloadedFiles, long DownloadedBytes);
