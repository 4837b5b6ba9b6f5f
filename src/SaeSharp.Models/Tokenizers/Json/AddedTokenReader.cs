using System.Text.Json;
using SaeSharp.Models.Tokenizers.AddedTokens;

namespace SaeSharp.Models.Tokenizers.Json;

/// <summary>Reads the <c>added_tokens</c> of a tokenizer file.</summary>
internal static class AddedTokenReader
{
    public static AddedToken[] Read(string path, JsonElement root)
    {
        if (root.Member("added_tokens") is not { } array) return [];
        if (array.ValueKind != JsonValueKind.Array) throw new InputException($"{path}: 'added_tokens' is not a list.");
        Dictionary<string, AddedToken> tokens = new(StringComparer.Ordinal);
        foreach (JsonElement entry in array.EnumerateArray())
        {
            string text = entry.Text("content") ?? string.Empty;
            if (text.Length == 0) throw new InputException($"{path}: an entry of 'added_tokens' has no content.");
            int id = entry.Member("id") is { } idElement
                ? BpeModelReader.Id(path, text, idElement)
                : throw new InputException($"{path}: the added token '{text}' has no id.");
            bool special = entry.IsTrue("special");
            AddedToken token = new(
                id, text, special, entry.Member("normalized") is { } normalized ? normalized.GetBoolean() : !special,
                entry.IsTrue("single_word"), entry.IsTrue("lstrip"), entry.IsTrue("rstrip"));
            if (!tokens.TryAdd(text, token)) throw new InputException($"{path} adds the token '{text}' twice.");
        }

        return [.. tokens.Values];
    }
}
