using SaeSharp.Models.Files;

namespace SaeSharp.Models.Hub;

/// <summary>One model's place in the cache, laid out as Hugging Face's tools do, so that both use the same files.</summary>
/// <remarks>
/// <c>models--org--name/blobs/HASH</c> are the files, <c>snapshots/COMMIT/NAME</c> links to them, <c>refs/REVISION</c> says which
/// commit a name stood for when it was last asked, <c>.no_exist/COMMIT/NAME</c> which files a commit is known not to have.
/// An unfinished file is <c>blobs/HASH.incomplete</c> and goes on where it ended.
/// </remarks>
internal sealed class HubCache(string cacheFolder, ModelId id)
{
    private const int CommitLength = 40;

    private string FolderName => "models--" + id.Name.Replace("/", "--", StringComparison.Ordinal);

    public string Folder => Path.Combine(cacheFolder, FolderName);

    private string Reference => Path.Combine([Folder, "refs", .. id.Revision.Split('/')]);

    public string Blob(string hash) => Path.Combine(Folder, "blobs", hash);

    public string Snapshot(string commit) => Path.Combine(Folder, "snapshots", commit);

    public string Lock(string hash) => Path.Combine(cacheFolder, ".locks", FolderName, hash + ".lock");

    /// <summary>The commit that the revision is, or was when it was last asked; null if that is not known here.</summary>
    public string? Commit()
    {
        if (id.NamesCommit) return id.Revision;
        try
        {
            FileInfo file = new(Reference);
            if (!file.Exists || file.Length > 2 * CommitLength) return null;
            string commit = File.ReadAllText(file.FullName).Trim();
            return ModelId.IsCommit(commit) ? commit : null;
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotRead(Reference, exception);
        }
    }

    /// <summary>Whether a commit's configuration and all of its weights are here.</summary>
    public bool HasModel(string commit)
    {
        string snapshot = Snapshot(commit);
        if (!SnapshotLinks.IsFile(Path.Combine(snapshot, NeededFiles.Config))) return false;
        if (SnapshotLinks.IsFile(Path.Combine(snapshot, NeededFiles.Weights))) return true;
        string index = Path.Combine(snapshot, NeededFiles.WeightsIndex);
        return SnapshotLinks.IsFile(index) && NeededFiles.Parts(index).All(part => SnapshotLinks.IsFile(Path.Combine(snapshot, part)));
    }

    /// <summary>Whether a commit's tokenizer is here, or is known not to be anywhere.</summary>
    public bool HasTokenizer(string commit) =>
        (Tokenizers.TokenizerFile.Find(Snapshot(commit)) is { } path && SnapshotLinks.IsFile(path)) || File.Exists(Absent(commit, NeededFiles.Tokenizer));

    /// <summary>Remembers that a commit has no such file.</summary>
    public void SetAbsent(string commit, string name)
    {
        string path = Absent(commit, name);
        if (File.Exists(path)) return;
        AtomicFile.CreateFolder(Path.GetDirectoryName(path)!);
        AtomicFile.WriteText(path, string.Empty);
    }

    /// <summary>Remembers which commit the revision is.</summary>
    public void SetCommit(string commit)
    {
        if (id.NamesCommit) return;
        AtomicFile.CreateFolder(Path.GetDirectoryName(Reference)!);
        AtomicFile.WriteText(Reference, commit);
    }

    private string Absent(string commit, string name) => Path.Combine(Folder, ".no_exist", commit, name);
}
