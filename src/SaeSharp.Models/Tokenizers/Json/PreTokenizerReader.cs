using System.Text.Json;
using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tokenizers.Json;

/// <summary>Reads the <c>pre_tokenizer</c> of a byte-level tokenizer file: how text is cut into words.</summary>
internal static class PreTokenizerReader
{
    private const string Expected = "ByteLevel, or Split by a regular expression and then ByteLevel without one";

    /// <summary>The scanner, and whether a space is put before text that has none.</summary>
    public static (IWordScanner Scanner, bool AddPrefixSpace) Read(string path, JsonElement root)
    {
        IReadOnlyList<JsonElement> parts = root.Member("pre_tokenizer").Flatten("pretokenizers");
        if (parts.Count == 0) throw JsonParts.Unsupported(path, "the pre-tokenizer null", Expected);
        foreach (JsonElement part in parts)
        {
            if (part.Kind() is not ("ByteLevel" or "Split")) throw JsonParts.Unsupported(path, $"the pre-tokenizer {part.Kind() ?? "without a type"}", Expected);
        }

        JsonElement last = parts[^1];
        bool expression = last.Member("use_regex") is not { ValueKind: JsonValueKind.False };
        bool prefix = last.IsTrue("add_prefix_space");
        return (parts.Count, last.Kind(), expression) switch
        {
            (1, "ByteLevel", true) => (new Gpt2WordScanner(), prefix),
            (2, "ByteLevel", false) when parts[0].Kind() == "Split" && !prefix => (ReadSplit(path, parts[0]), false),
            (1, "ByteLevel", false) => throw JsonParts.Unsupported(path, "ByteLevel without its regular expression", "use_regex: true"),
            _ => throw JsonParts.Unsupported(path, $"the pre-tokenizers {string.Join(", ", parts.Select(part => part.Kind()))} in this combination", Expected),
        };
    }

    private static IWordScanner ReadSplit(string path, JsonElement split)
    {
        string pattern = (split.Member("pattern") is { } element ? element.Text("Regex") : null)
            ?? throw JsonParts.Unsupported(path, "Split by a text", "Split by a regular expression");
        IWordScanner? scanner = WordScanners.TryFind(pattern);

        // Where matches leave no gaps, keeping the gaps apart and dropping them are the same.
        string behavior = split.Text("behavior") ?? "Isolated";
        bool invert = split.IsTrue("invert");
        bool keepsMatches = (behavior == "Isolated" && (scanner is not null || !invert)) || (behavior == "Removed" && invert && scanner is not null);
        if (!keepsMatches) throw JsonParts.Unsupported(path, $"Split with the behavior {behavior}{(invert ? ", inverted" : string.Empty)}", "Isolated");
        return scanner ?? new RegexWordScanner(path, pattern);
    }
}
