using System.Text.Json;
using SaeSharp.Models.Files;
using SaeSharp.Models.Tokenizers.AddedTokens;
using SaeSharp.Models.Tokenizers.Bpe;
using SaeSharp.Models.Tokenizers.ByteFallback;
using SaeSharp.Models.Tokenizers.ByteLevel;
using SaeSharp.Models.Tokenizers.Normalization;
using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tokenizers.Json;

/// <summary>Reads Hugging Face's <c>tokenizer.json</c>.</summary>
/// <remarks>Every part that would change the tokens is either honoured or refused by name; truncation, padding and post-processing (added special tokens) are the caller's business.</remarks>
internal static class TokenizerJsonReader
{
    private const long LargestFile = 256L << 20;

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

    private static BpeTokenizer Build(string path, JsonElement root)
    {
        if (root.Member("model") is not { ValueKind: JsonValueKind.Object } element) throw new InputException($"{path} is not a tokenizer file: it has no 'model'.");
        BpeModelReader model = BpeModelReader.Read(path, element);
        AddedToken[] added = AddedTokenReader.Read(path, root);
        ITextNormalizer? normalizer = NormalizerReader.Read(path, root);
        return model.ByteFallback ? OverCharacters(path, root, model, added, normalizer) : OverBytes(path, root, model, added, normalizer);
    }

    private static BpeTokenizer OverBytes(string path, JsonElement root, BpeModelReader model, AddedToken[] added, ITextNormalizer? normalizer)
    {
        string? decoder = root.Member("decoder") is { } element ? element.Kind() : null;
        if (decoder != "ByteLevel") throw JsonParts.Unsupported(path, $"the decoder {decoder ?? "null"}", "ByteLevel");
        (IWordScanner scanner, bool addPrefixSpace) = PreTokenizerReader.Read(path, root);
        return new BpeTokenizer(new ByteLevelVocabulary(path, model.IdOf, model.Merges, added), added, normalizer, scanner, addPrefixSpace);
    }

    private static BpeTokenizer OverCharacters(string path, JsonElement root, BpeModelReader model, AddedToken[] added, ITextNormalizer? normalizer)
    {
        RequireNoWords(path, root, normalizer);
        ByteFallbackVocabulary vocabulary = new(path, model.IdOf, model.Merges, added, Decoder(path, root));
        return new BpeTokenizer(vocabulary, added, normalizer, new MergeBoundaryScanner(model.Merges), addPrefixSpace: false);
    }

    /// <summary>Gemma's later files cut at spaces, of which its normaliser leaves none: that is no cutting.</summary>
    private static void RequireNoWords(string path, JsonElement root, ITextNormalizer? normalizer)
    {
        foreach (JsonElement part in root.Member("pre_tokenizer").Flatten("pretokenizers"))
        {
            string? text = part.Kind() == "Split" && part.Member("pattern") is { } pattern ? pattern.Text("String") : null;
            bool idle = text is not null && normalizer is ReplaceNormalizer replace && replace.Pattern == text && !replace.Content.Contains(text, StringComparison.Ordinal);
            if (!idle) throw JsonParts.Unsupported(path, $"the pre-tokenizer {part.Kind() ?? "without a type"} with byte_fallback", "none");
        }
    }

    /// <summary>What becomes of a token's written form: <c>Replace</c>, then bytes, then all in one.</summary>
    private static Func<string, string> Decoder(string path, JsonElement root)
    {
        IReadOnlyList<JsonElement> parts = root.Member("decoder").Flatten("decoders");
        string kinds = string.Join(", ", parts.Select(part => part.Kind() ?? "?"));
        if (kinds is not ("Replace, ByteFallback, Fuse" or "Replace, ByteFallback" or "ByteFallback, Fuse" or "ByteFallback"))
            throw JsonParts.Unsupported(path, $"the decoder {(kinds.Length == 0 ? "null" : kinds)}", "Replace, ByteFallback, Fuse");
        return parts[0].Kind() == "Replace" ? NormalizerReader.ReadReplace(path, parts[0]).Apply : token => token;
    }
}
