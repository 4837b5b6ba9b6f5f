using System.Text.Json;

namespace SaeSharp.Models.Tokenizers.Json;

/// <summary>Reads the <c>model</c> of a tokenizer file: ids and merges.</summary>
internal sealed class BpeModelReader
{
    private const int LargestId = 1 << 24;

    private BpeModelReader(Dictionary<string, int> idOf, List<(string Left, string Right)> merges, bool byteFallback)
    {
        IdOf = idOf;
        Merges = merges;
        ByteFallback = byteFallback;
    }

    public IReadOnlyDictionary<string, int> IdOf { get; }

    /// <summary>Pairs of tokens, the earliest merge first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>Whether unknown characters become bytes.</summary>
    public bool ByteFallback { get; }

    public static BpeModelReader Read(string path, JsonElement model)
    {
        string kind = model.Kind() ?? "BPE"; // old files leave it out
        if (kind != "BPE") throw JsonParts.Unsupported(path, $"a '{kind}' model", "BPE");
        if (model.IsTrue("ignore_merges")) throw JsonParts.Unsupported(path, "BPE with ignore_merges", "plain merges");
        if (model.Member("dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() != 0) throw JsonParts.Unsupported(path, "BPE with dropout", "none");
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!string.IsNullOrEmpty(model.Text(affix))) throw JsonParts.Unsupported(path, $"a {affix}", "BPE without one");
        }

        return new BpeModelReader(ReadVocabulary(path, model), ReadMerges(path, model), model.IsTrue("byte_fallback"));
    }

    /// <summary>An id, checked.</summary>
    public static int Id(string path, string token, JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) && id is >= 0 and <= LargestId
            ? id
            : throw new InputException($"{path}: the id of '{token}' is {element.GetRawText()}; expected a whole number from 0 to {LargestId}.");

    private static Dictionary<string, int> ReadVocabulary(string path, JsonElement model)
    {
        if (model.Member("vocab") is not { ValueKind: JsonValueKind.Object } vocab) throw new InputException($"{path} has no object 'model.vocab'.");
        Dictionary<string, int> idOf = new(StringComparer.Ordinal);
        HashSet<int> taken = [];
        foreach (JsonProperty entry in vocab.EnumerateObject())
        {
            int id = Id(path, entry.Name, entry.Value);
            if (!taken.Add(id)) throw new InputException($"{path} gives the id {id} to '{entry.Name}' and to another token.");
            idOf.Add(entry.Name, id);
        }

        return idOf;
    }

    private static List<(string Left, string Right)> ReadMerges(string path, JsonElement model)
    {
        if (model.Member("merges") is not { ValueKind: JsonValueKind.Array } array) throw new InputException($"{path} has no list 'model.merges'.");
        List<(string Left, string Right)> merges = new(array.GetArrayLength());
        foreach (JsonElement entry in array.EnumerateArray())
        {
            string[] parts = entry.ValueKind switch
            {
                JsonValueKind.String => entry.GetString()!.Split(' '),
                JsonValueKind.Array => [.. entry.EnumerateArray().Select(part => part.GetString() ?? string.Empty)],
                _ => [],
            };
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            {
                throw new InputException($"{path}: entry {merges.Count} of 'model.merges' is not a pair of tokens.");
            }

            merges.Add((parts[0], parts[1]));
        }

        return merges;
    }
}
