using System.Text.Json.Nodes;
using SaeSharp.Models.Tokenizers.ByteLevel;

namespace SaeSharp.Models.Tests.Tokenizers;

/// <summary>Builds small tokenizer files: all 256 bytes and what a test adds.</summary>
internal static class TokenizerJson
{
    public static JsonObject Create(params string[] merges)
    {
        JsonObject vocab = [];
        for (int value = 0; value < 256; value++) vocab[ByteAlphabet.Character((byte)value).ToString()] = value;
        foreach (string merge in merges) vocab[merge.Replace(" ", string.Empty, StringComparison.Ordinal)] = vocab.Count;
        JsonObject byteLevel = new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true };
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = byteLevel,
            ["decoder"] = byteLevel.DeepClone(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocab,
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]),
            },
        };
    }

    public static JsonObject AddToken(this JsonObject tokenizer, int id, string content, params string[] flags)
    {
        JsonObject token = new() { ["id"] = id, ["content"] = content };
        foreach (string flag in (string[])["special", "normalized", "single_word", "lstrip", "rstrip"]) token[flag] = flags.Contains(flag);
        tokenizer["added_tokens"]!.AsArray().Add(token);
        return tokenizer;
    }
}
