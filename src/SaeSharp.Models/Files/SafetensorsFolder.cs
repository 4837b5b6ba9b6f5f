using System.Text.Json;

namespace SaeSharp.Models.Files;

/// <summary>The weights of a model folder: <c>model.safetensors</c>, or shards listed by <c>model.safetensors.index.json</c>.</summary>
/// <remarks>Shard names come from a file that somebody gave us: one that is not a plain file name is refused, so nothing outside the folder is opened.</remarks>
public sealed class SafetensorsFolder : ITensorSource
{
    private readonly SafetensorsFile[] _files;
    private readonly Dictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);

    private SafetensorsFolder(string path, SafetensorsFile[] files)
    {
        Path = path;
        _files = files;
        Metadata = files.Length > 0 ? files[0].Metadata : new Dictionary<string, string>();
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens the weights of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">What the file is called without its ending: <c>NAME.safetensors</c> or <c>NAME.safetensors.index.json</c>.</param>
    /// <exception cref="InputException">There are no weights, a shard is missing or damaged, or the index leaves the folder.</exception>
    public static SafetensorsFolder Open(string folder, string name = "model")
    {
        if (!Directory.Exists(folder)) throw new InputException($"There is no folder {folder}.");
        string single = System.IO.Path.Combine(folder, $"{name}.safetensors");
        string index = System.IO.Path.Combine(folder, $"{name}.safetensors.index.json");
        if (File.Exists(single)) return OpenSingle(single);
        if (File.Exists(index)) return OpenShards(folder, index);
        throw new InputException($"{folder} has no weights: expected {name}.safetensors or {name}.safetensors.index.json.");
    }

    /// <inheritdoc/>
    public TensorInfo Info(string name) => FileOf(name).Info(name);

    /// <inheritdoc/>
    public void ReadFloat32(string name, long start, Span<float> values) => FileOf(name).ReadFloat32(name, start, values);

    /// <inheritdoc/>
    public void ReadFloat64(string name, long start, Span<double> values) => FileOf(name).ReadFloat64(name, start, values);

    /// <inheritdoc/>
    public void ReadInt64(string name, long start, Span<long> values) => FileOf(name).ReadInt64(name, start, values);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
    }

    private static SafetensorsFolder OpenSingle(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        SafetensorsFolder source = new(path, [file]);
        foreach (string tensor in file.Tensors.Keys) source.Add(tensor, file);
        return source;
    }

    private static SafetensorsFolder OpenShards(string folder, string index)
    {
        Dictionary<string, string> shardOf = ReadIndex(index);
        Dictionary<string, SafetensorsFile> files = new(StringComparer.Ordinal);
        try
        {
            foreach (string shard in shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                files.Add(shard, SafetensorsFile.Open(System.IO.Path.Combine(folder, shard)));
            }

            SafetensorsFolder source = new(index, [.. files.Values]);
            foreach ((string tensor, string shard) in shardOf)
            {
                if (!files[shard].Tensors.ContainsKey(tensor))
                {
                    throw new InputException($"{index} says that tensor '{tensor}' is in {shard}, but it is not.");
                }

                source.Add(tensor, files[shard]);
            }

            return source;
        }
        catch
        {
            foreach (SafetensorsFile file in files.Values) file.Dispose();
            throw;
        }
    }

    private static Dictionary<string, string> ReadIndex(string index)
    {
        using JsonDocument document = JsonFile.Read(index);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("weight_map", out JsonElement map)
            || map.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{index} has no object 'weight_map' that says which file holds which tensor.");
        }

        Dictionary<string, string> shardOf = new(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string? shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
            if (!IsPlainFileName(shard))
            {
                throw new InputException($"{index} maps tensor '{entry.Name}' to {entry.Value.GetRawText()}; expected the name of a .safetensors file in the same folder.");
            }

            shardOf.Add(entry.Name, shard!);
        }

        return shardOf;
    }

    private static bool IsPlainFileName(string? name) =>
        name is not null
        && name.EndsWith(".safetensors", StringComparison.Ordinal)
        && name.AsSpan().IndexOfAny(['/', '\\', ':', '\0']) < 0;

    private void Add(string tensor, SafetensorsFile file)
    {
        _fileOf.Add(tensor, file);
        _tensors.Add(tensor, file.Info(tensor));
    }

    private SafetensorsFile FileOf(string name) => _fileOf.TryGetValue(name, out SafetensorsFile? file)
        ? file
        : throw new InputException($"{Path} has no tensor '{name}'.");
}
