using System.Text.Json;
using System.Text.RegularExpressions;
using SaeSharp.Models.Files;

namespace SaeSharp.Models.Hub;

/// <summary>Which files of a repository a model needs here: its configuration, its tokenizer, its weights as safetensors, and no others.</summary>
/// <remarks>All are plain names known beforehand or checked to be plain, so nothing that a server says leads out of a folder.</remarks>
internal static partial class NeededFiles
{
    public const string Config = "config.json";
    public const string Weights = "model.safetensors";
    public const string WeightsIndex = "model.safetensors.index.json";
    public const string Tokenizer = Tokenizers.TokenizerFile.FileName;

    private static readonly string[] Small =
        [Config, "generation_config.json", Tokenizer, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt"];

    /// <summary>The small files, and the weights or the list of their parts.</summary>
    /// <exception cref="InputException">The repository holds no model that can be read.</exception>
    public static List<string> Select(ModelId id, IReadOnlySet<string> present)
    {
        if (!present.Contains(Config)) throw new InputException($"{id} has no {Config}: it is not a model in Hugging Face's layout.");
        List<string> needed = [.. Small.Where(present.Contains), .. present.Where(IsRwkvVocabulary).Order(StringComparer.Ordinal)];
        string? weights = present.Contains(Weights) ? Weights : present.Contains(WeightsIndex) ? WeightsIndex : null;
        needed.Add(weights ?? throw new InputException($"{id} has no {Weights} and no {WeightsIndex}; weights in other formats are not read."));
        return needed;
    }

    /// <summary>The parts of the weights.</summary>
    /// <exception cref="InputException">The index is damaged, or names what is no plain file name.</exception>
    public static IReadOnlyList<string> Parts(string indexPath)
    {
        using JsonDocument document = JsonFile.Read(indexPath);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{indexPath} has no object 'weight_map'.");
        }

        SortedSet<string> parts = new(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string? name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
            if (name is null || !PartForm().IsMatch(name)) throw new InputException($"{indexPath} puts '{entry.Name}' into {entry.Value.GetRawText()}, which is not the name of a safetensors file in the same folder.");
            parts.Add(name);
        }

        return parts.Count > 0 ? [.. parts] : throw new InputException($"{indexPath} names no files.");
    }

    public static bool IsRwkvVocabulary(string name) => RwkvForm().IsMatch(name);

    [GeneratedRegex(@"\Arwkv_vocab[A-Za-z0-9_.-]*\.txt\z")]
    private static partial Regex RwkvForm();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]*\.safetensors\z")]
    private static partial Regex PartForm();
}
