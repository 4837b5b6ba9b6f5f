namespace SaeSharp.Models.Hub.Transfers;

/// <summary>A file on a hub.</summary>
/// <param name="Name">Its name in the repository.</param>
/// <param name="Address">Where it can be had.</param>
/// <param name="Hash">The hash of its content, see <see cref="ContentHash"/>.</param>
/// <param name="Size">How many bytes it has.</param>
internal sealed record RemoteFile(string Name, Uri Address, string Hash, long Size);
