using System.Text.Json;
using SaeSharp.Models.Tokenizers.Normalization;

namespace SaeSharp.Models.Tokenizers.Json;

/// <summary>Reads the <c>normalizer</c> of a tokenizer file.</summary>
internal static class NormalizerReader
{
    /// <summary>The normaliser; null for none.</summary>
    public static ITextNormalizer? Read(string path, JsonElement root)
    {
        ITextNormalizer[] parts = [.. root.Member("normalizer").Flatten("normalizers").Select(part => ReadPart(path, part))];
        return parts.Length switch { 0 => null, 1 => parts[0], _ => new SequenceNormalizer(parts) };
    }

    /// <summary>A <c>Replace</c> of one text by another, which is a normaliser and a step of a decoder.</summary>
    public static ReplaceNormalizer ReadReplace(string path, JsonElement part)
    {
        string? pattern = part.Member("pattern") is { } element ? element.Text("String") : null;
        string? content = part.Text("content");
        if (string.IsNullOrEmpty(pattern) || content is null) throw JsonParts.Unsupported(path, "Replace by a regular expression or without content", "a Replace of a text");
        return new ReplaceNormalizer(pattern, content);
    }

    private static ITextNormalizer ReadPart(string path, JsonElement part) => part.Kind() switch
    {
        "NFC" => new NfcNormalizer(),
        "Replace" => ReadReplace(path, part),
        string kind => throw JsonParts.Unsupported(path, $"the normalizer {kind}", "NFC, Replace or none"),
        null => throw JsonParts.Unsupported(path, "a normalizer without a type", "NFC, Replace or none"),
    };
}
