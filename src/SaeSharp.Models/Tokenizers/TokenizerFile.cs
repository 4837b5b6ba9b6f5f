using System.Text.Json;
using SaeSharp.Models.Files;
using SaeSharp.Models.Tokenizers.ByteLevel;
using SaeSharp.Models.Tokenizers.Normalization;

namespace SaeSharp.Models.Tokenizers;

/// <summary>Reads Hugging Face's <c>tokenizer.json</c>.</summary>
/// <remarks>Every part that would change the tokens is either honoured or refused by name; truncation, padding and post-processing (added special tokens) are the caller's business.</remarks>
public static class TokenizerFile
{
    /// <summary>The usual name of the file in a model's folder.</summary>
    public const string FileName = "tokenizer.json";

    private const long LargestFile = 256L << 20;
    private const int LargestId = 1 << 24;

    /// <summary>Reads the tokenizer of a model's folder.</summary>
    /// <exception cref="InputException">There is none, or it is damaged or of an unsupported kind.</exception>
    public static ITokenizer LoadFolder(string folder) => Load(Path.Combine(folder, FileName));

    /// <summary>Reads a tokenizer.</summary>
    /// <exception cref="InputException">The file is missing, damaged or of an unsupported kind.</exception>
    public static ITokenizer Load(string path)
    {
        using JsonDocument document = JsonFile.Read(path, LargestFile);
        try
        {
            return Build(path, document.RootElement);
        }
        catch (InvalidOperationException exception)
        {
            // An element of another kind than its place asks for, or text that is not Unicode.
            throw new InputException($"{path} is not a tokenizer file: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static ByteLevelBpeTokenizer Build(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model", out JsonElement model) || model.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{path} is not a tokenizer file: it has no 'model'.");
        }

        RequireByteLevelBpe(path, root, model);
        (IWordScanner scanner, bool addPrefixSpace) = PreTokenizer(path, root);
        Dictionary<string, int> idOf = Vocabulary(path, model);
        AddedToken[] added = AddedTokens(path, root);
        ByteLevelVocabulary vocabulary = new(path, idOf, Merges(path, model), added);
        return new ByteLevelBpeTokenizer(vocabulary, added, Normalizer(path, root), scanner, addPrefixSpace);
    }

    private static void RequireByteLevelBpe(string path, JsonElement root, JsonElement model)
    {
        string kind = Kind(model) ?? "BPE"; // old files leave it out
        if (kind != "BPE") throw Unsupported(path, $"a '{kind}' model", "BPE");
        if (IsTrue(model, "byte_fallback")) throw Unsupported(path, "BPE with byte_fallback", "byte-level BPE");
        if (IsTrue(model, "ignore_merges")) throw Unsupported(path, "BPE with ignore_merges", "plain merges");
        if (Member(model, "dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() != 0) throw Unsupported(path, "BPE with dropout", "none");
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (Member(model, affix) is { ValueKind: JsonValueKind.String } text && text.GetString() != string.Empty)
            {
                throw Unsupported(path, $"a {affix}", "byte-level BPE without one");
            }
        }

        string? decoder = Member(root, "decoder") is { } element ? Kind(element) : null;
        if (decoder != "ByteLevel") throw Unsupported(path, $"the decoder {decoder ?? "null"}", "ByteLevel");
    }

    private static (IWordScanner Scanner, bool AddPrefixSpace) PreTokenizer(string path, JsonElement root)
    {
        JsonElement? element = Member(root, "pre_tokenizer");
        string? kind = element is { } present ? Kind(present) : null;
        if (kind != "ByteLevel") throw Unsupported(path, $"the pre-tokenizer {kind ?? "null"}", "ByteLevel");
        if (Member(element!.Value, "use_regex") is { ValueKind: JsonValueKind.False }) throw Unsupported(path, "ByteLevel without its regular expression", "use_regex: true");
        return (new Gpt2WordScanner(), IsTrue(element.Value, "add_prefix_space"));
    }

    private static NfcNormalizer? Normalizer(string path, JsonElement root)
    {
        if (Member(root, "normalizer") is not { } element) return null;
        string? kind = Kind(element);
        bool nothing = kind == "Sequence" && Member(element, "normalizers") is { ValueKind: JsonValueKind.Array } parts && parts.GetArrayLength() == 0;
        if (nothing) return null;
        return kind == "NFC" ? new NfcNormalizer() : throw Unsupported(path, $"the normalizer {kind ?? "without a type"}", "NFC or none");
    }

    private static Dictionary<string, int> Vocabulary(string path, JsonElement model)
    {
        if (Member(model, "vocab") is not { ValueKind: JsonValueKind.Object } vocab) throw new InputException($"{path} has no object 'model.vocab'.");
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

    private static List<(string Left, string Right)> Merges(string path, JsonElement model)
    {
        if (Member(model, "merges") is not { ValueKind: JsonValueKind.Array } array) throw new InputException($"{path} has no list 'model.merges'.");
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

    private static AddedToken[] AddedTokens(string path, JsonElement root)
    {
        if (Member(root, "added_tokens") is not { } array) return [];
        if (array.ValueKind != JsonValueKind.Array) throw new InputException($"{path}: 'added_tokens' is not a list.");
        Dictionary<string, AddedToken> tokens = new(StringComparer.Ordinal);
        foreach (JsonElement entry in array.EnumerateArray())
        {
            string text = Member(entry, "content") is { ValueKind: JsonValueKind.String } content ? content.GetString()! : string.Empty;
            if (text.Length == 0) throw new InputException($"{path}: an entry of 'added_tokens' has no content.");
            int id = Member(entry, "id") is { } idElement ? Id(path, text, idElement) : throw new InputException($"{path}: the added token '{text}' has no id.");
            bool special = IsTrue(entry, "special");
            AddedToken token = new(
                id, text, special, Member(entry, "normalized") is { } normalized ? normalized.GetBoolean() : !special,
                IsTrue(entry, "single_word"), IsTrue(entry, "lstrip"), IsTrue(entry, "rstrip"));
            if (!tokens.TryAdd(text, token)) throw new InputException($"{path} adds the token '{text}' twice.");
        }

        return [.. tokens.Values];
    }

    private static int Id(string path, string token, JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) && id is >= 0 and <= LargestId
            ? id
            : throw new InputException($"{path}: the id of '{token}' is {element.GetRawText()}; expected a whole number from 0 to {LargestId}.");

    private static string? Kind(JsonElement element) => Member(element, "type") is { ValueKind: JsonValueKind.String } type ? type.GetString() : null;

    private static bool IsTrue(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.True };

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static InputException Unsupported(string path, string found, string expected) =>
        new($"{path} uses {found}; this tokenizer kind is not supported (expected {expected}).");
}
