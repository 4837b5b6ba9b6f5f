namespace SaeSharp.Models.Hub;

/// <summary>Puts files that lie in a repository's <c>blobs</c> into its snapshots.</summary>
internal static class SnapshotLinks
{
    /// <summary>Makes a symbolic link; false where the file system or the rights do not allow one.</summary>
    public static bool TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Whether a path leads to a file; <see cref="File.Exists"/> is content with a link that leads nowhere.</summary>
    public static bool IsFile(string path) =>
        File.Exists(path) && (File.ResolveLinkTarget(path, returnFinalTarget: true) is not { } target || target.Exists);

    /// <summary>Makes a file of a snapshot: a link to the blob, else the blob itself, moved there, as Hugging Face's tools do.</summary>
    /// <param name="path">The file in the snapshot; its folder exists.</param>
    /// <param name="blob">The blob, in <c>blobs</c> of the same repository.</param>
    /// <param name="tryLink">Makes a link.</param>
    public static void Place(string path, string blob, Func<string, string, bool> tryLink)
    {
        if (IsFile(path)) return;
        File.Delete(path); // a link to a blob that is gone
        if (tryLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob))) return;
        File.Move(blob, path);
    }
}
