using SaeSharp.Models.Hub.Transfers;

namespace SaeSharp.Models.Hub;

/// <summary>Finds a model by what a person says: a folder, or a Hugging Face id, which may have to be downloaded.</summary>
/// <remarks>
/// Only what is needed comes: configuration, tokenizer, safetensors; never a pickle. Files lie in the cache of Hugging Face's own
/// tools, in its layout, so each finds what the other fetched. Every file is checked against the size and the hash that the hub
/// names, and is there whole or not at all; an interrupted download goes on where it ended. Safe for use by several processes.
/// </remarks>
public sealed class ModelLocator
{
    private readonly HubOptions _options;
    private readonly IProgress<HubProgress>? _progress;

    /// <param name="options">Where models come from and are kept.</param>
    /// <param name="progress">Told of a download's progress, often, from the thread that downloads.</param>
    public ModelLocator(HubOptions options, IProgress<HubProgress>? progress = null) => (_options, _progress) = (options, progress);

    /// <summary>The folder of a model, with the options of the environment: what <c>--model</c> means.</summary>
    /// <inheritdoc cref="Locate"/>
    public static string Folder(string model, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default) =>
        // A folder must not fail for what the environment says of hubs.
        Directory.Exists(model) ? model : new ModelLocator(HubOptions.FromEnvironment(), progress).Locate(model, cancellation).Folder;

    /// <summary>Finds a model: an existing folder, else the cache without asking the hub, else the hub.</summary>
    /// <param name="model">A folder, <c>org/name</c> or <c>org/name@revision</c>.</param>
    /// <param name="cancellation">Stops a download; what came is kept for the next one.</param>
    /// <exception cref="InputException">There is no such model here, and it cannot be downloaded; one sentence says why and where was looked.</exception>
    public LocatedModel Locate(string model, CancellationToken cancellation = default)
    {
        if (Directory.Exists(model)) return new LocatedModel(model, null, null, [], 0);
        ModelId id = Parse(model);
        HubCache cache = new(_options.CacheFolder, id);
        if (cache.Commit() is not { } commit || !cache.HasModel(commit)) return Download(id, cancellation);

        LocatedModel found = new(cache.Snapshot(commit), id, commit, [], 0);
        if (_options.Offline || cache.HasTokenizer(commit)) return found;
        try
        {
            // Another tool fetched the model without its tokenizer: the rest of the same commit, if it can be had.
            return Download(id with { Revision = commit }, cancellation) with { Id = id };
        }
        catch (InputException)
        {
            return found;
        }
    }

    /// <summary>Asks the hub what a model's revision is now, and fetches what is missing of it. Offline, the same as <see cref="Locate"/>.</summary>
    /// <inheritdoc cref="Locate"/>
    public LocatedModel Pull(string model, CancellationToken cancellation = default) =>
        _options.Offline || Directory.Exists(model) ? Locate(model, cancellation) : Download(Parse(model), cancellation);

    private static ModelId Parse(string model) => ModelId.TryParse(model, out ModelId id)
        ? id
        : throw new InputException($"There is no folder {model}, and that is no model id either; expected a folder, org/name or org/name@revision.");

    private LocatedModel Download(ModelId id, CancellationToken cancellation)
    {
        if (_options.Offline) throw new InputException($"{id} cannot be fetched while HF_HUB_OFFLINE is set; {Looked(id)}.");
        try
        {
            return Task.Run(() => new SnapshotDownload(_options, id, _progress, cancellation).RunAsync(), cancellation).GetAwaiter().GetResult();
        }
        catch (ConnectionLostException exception)
        {
            throw new InputException($"{id} cannot be fetched from {_options.Endpoint.OriginalString}: {exception.Message}; {Looked(id)}.", exception);
        }
    }

    private string Looked(ModelId id)
    {
        HubCache cache = new(_options.CacheFolder, id);
        return cache.Commit() is { } commit && cache.HasModel(commit)
            ? $"an earlier copy is in {cache.Snapshot(commit)}"
            : $"it is neither in the folder {Path.GetFullPath(id.ToString())} nor whole in {cache.Folder}";
    }
}
