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

    /// <summary>Cuts words by an expression before the bytes, as Qwen's files do.</summary>
    public static JsonObject WithSplit(this JsonObject tokenizer, string regex, string behavior = "Isolated", bool invert = false)
    {
        tokenizer["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = regex }, ["behavior"] = behavior, ["invert"] = invert },
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false }),
        };
        return tokenizer;
    }

    /// <summary>A vocabulary of some characters and all bytes, as Gemma's; a space is written ▁.</summary>
    public static JsonObject CreateWithByteFallback(string characters, params string[] merges)
    {
        JsonObject vocab = [];
        for (int value = 0; value < 256; value++) vocab[$"<0x{value:X2}>"] = value;
        foreach (System.Text.Rune character in characters.EnumerateRunes()) vocab[character.ToString()] = vocab.Count;
        foreach (string merge in merges) vocab[merge.Replace(" ", string.Empty, StringComparison.Ordinal)] = vocab.Count;
        JsonObject replace = new() { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = "▁" }, ["content"] = " " };
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = " " }, ["content"] = "▁" },
            ["pre_tokenizer"] = null,
            ["decoder"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["decoders"] = new JsonArray(replace, new JsonObject { ["type"] = "ByteFallback" }, new JsonObject { ["type"] = "Fuse" }),
            },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["unk_token"] = "<unk>",
                ["fuse_unk"] = true,
                ["byte_fallback"] = true,
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
