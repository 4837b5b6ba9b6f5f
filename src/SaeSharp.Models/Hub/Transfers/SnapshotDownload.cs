using SaeSharp.Models.Files;

namespace SaeSharp.Models.Hub.Transfers;

/// <summary>Brings a revision of a model into the cache: asks what it consists of, and fetches what is missing.</summary>
internal sealed class SnapshotDownload(HubOptions options, ModelId id, IProgress<HubProgress>? progress, CancellationToken cancellation)
{
    private readonly HubCache _cache = new(options.CacheFolder, id);
    private readonly List<string> _files = [];
    private long _bytes;
    private long _finished;
    private long _size;

    public async Task<LocatedModel> RunAsync()
    {
        using HubClient client = new(options, id);
        RemoteRevision revision = await TryAsync(() => client.RevisionAsync(cancellation), options.FirstAttempts, NeededFiles.Config);
        List<string> needed = NeededFiles.Select(id, revision.Files);
        string snapshot = _cache.Snapshot(revision.Commit);
        AtomicFile.CreateFolder(snapshot);
        AtomicFile.CreateFolder(Path.GetDirectoryName(_cache.Blob("x"))!);

        if (needed.Contains(NeededFiles.WeightsIndex))
        {
            await FetchAsync(client, revision.Commit, [NeededFiles.WeightsIndex]);
            foreach (string part in NeededFiles.Parts(Path.Combine(snapshot, NeededFiles.WeightsIndex)))
            {
                if (!revision.Files.Contains(part)) throw new InputException($"{id} has no {part}, which its {NeededFiles.WeightsIndex} names.");
                needed.Add(part);
            }
        }

        await FetchAsync(client, revision.Commit, needed);
        if (!revision.Files.Contains(NeededFiles.Tokenizer)) _cache.SetAbsent(revision.Commit, NeededFiles.Tokenizer);
        _cache.SetCommit(revision.Commit); // last: until here the name stands for what it stood for
        return new LocatedModel(snapshot, id, revision.Commit, _files, _bytes);
    }

    private async Task FetchAsync(HubClient client, string commit, IEnumerable<string> names)
    {
        List<RemoteFile> missing = [];
        foreach (string name in names)
        {
            if (SnapshotLinks.IsFile(Path.Combine(_cache.Snapshot(commit), name))) continue;
            missing.Add(await TryAsync(() => client.FileAsync(commit, name, cancellation), options.Attempts, name));
            _size += missing[^1].Size;
        }

        RequireRoom(missing);
        foreach (RemoteFile file in missing) await FetchAsync(client, commit, file);
    }

    private async Task FetchAsync(HubClient client, string commit, RemoteFile file)
    {
        string blob = _cache.Blob(file.Hash);
        using IDisposable held = await FileLock.TakeAsync(_cache.Lock(file.Hash), () => Note(file, "another process is fetching this file; waiting for it"), cancellation);
        string path = Path.Combine(_cache.Snapshot(commit), file.Name);
        bool here = SnapshotLinks.IsFile(path) || (File.Exists(blob) && new FileInfo(blob).Length == file.Size);
        if (!here)
        {
            FileDownload download = new(client, options, file, id)
            {
                Report = bytes => progress?.Report(new HubProgress(file.Name, bytes, file.Size, _finished + bytes, _size)),
                Note = text => Note(file, text),
            };
            try
            {
                await download.RunAsync(blob, cancellation);
            }
            catch (ConnectionLostException exception)
            {
                throw new InputException($"{file.Name} of {id} was not fetched: {exception.Message}; what came is kept, and the next try goes on from there.", exception);
            }

            _files.Add(file.Name);
            _bytes += download.Received;
        }

        _finished += file.Size;
        try
        {
            SnapshotLinks.Place(path, blob, options.TryLink);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotWrite(path, exception);
        }
    }

    private void Note(RemoteFile file, string text) => progress?.Report(new HubProgress(file.Name, 0, file.Size, _finished, _size, text));

    private async Task<T> TryAsync<T>(Func<Task<T>> step, int attempts, string file)
    {
        Retries retries = new(options, attempts, text => progress?.Report(new HubProgress(file, 0, 0, _finished, _size, text)));
        return await retries.RunAsync(step, cancellation);
    }

    private void RequireRoom(List<RemoteFile> missing)
    {
        long needed = missing.Sum(file => file.Size - Here(file));
        long free;
        try
        {
            free = new DriveInfo(options.CacheFolder).AvailableFreeSpace;
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception) || exception is ArgumentException)
        {
            return; // not every file system says; writing will
        }

        if (needed > free) throw new InputException($"{options.CacheFolder} has room for {free} bytes, but {id} needs {needed} more; set HF_HUB_CACHE to a folder on a larger disk.");

        long Here(RemoteFile file)
        {
            FileInfo whole = new(_cache.Blob(file.Hash));
            FileInfo part = new(whole.FullName + ".incomplete");
            return whole.Exists ? file.Size : part.Exists ? Math.Min(part.Length, file.Size) : 0;
        }
    }
}
