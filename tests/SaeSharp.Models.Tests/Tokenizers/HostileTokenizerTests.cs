using System.Text.Json.Nodes;
using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Models.Tests.Tokenizers;

/// <summary>Damaged and unsupported tokenizer files: one sentence that names the file and what is wrong.</summary>
public sealed class HostileTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> Changes => new()
    {
        { "model.type", "\"WordPiece\"", "WordPiece" },
        { "model.type", "\"Unigram\"", "Unigram" },
        { "model", "null", "model" },
        { "model", "[]", "model" },
        { "model.vocab", "null", "vocab" },
        { "model.vocab", "[]", "vocab" },
        { "model.vocab.a", "-1", "'a'" },
        { "model.vocab.a", "98", "98" },
        { "model.vocab.a", "2000000000", "'a'" },
        { "model.vocab.a", "99999999999999999999", "'a'" },
        { "model.vocab.a", "1.5", "'a'" },
        { "model.vocab.a", "\"97\"", "'a'" },
        { "model.merges", "null", "merges" },
        { "model.merges", "{}", "merges" },
        { "model.merges", "[\"a\"]", "merges" },
        { "model.merges", "[\"a b c\"]", "merges" },
        { "model.merges", "[[\"a\"]]", "merges" },
        { "model.merges", "[[\"a\",7]]", "tokenizer.json" },
        { "model.merges", "[7]", "merges" },
        { "model.merges", "[\"a \"]", "merges" },
        { "model.merges", "[\"a c\"]", "'ac'" },
        { "model.byte_fallback", "true", "byte_fallback" },
        { "model.ignore_merges", "true", "ignore_merges" },
        { "model.dropout", "0.1", "dropout" },
        { "model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix" },
        { "model.continuing_subword_prefix", "\"##\"", "continuing_subword_prefix" },
        { "pre_tokenizer", "null", "pre-tokenizer" },
        { "pre_tokenizer.type", "\"Metaspace\"", "Metaspace" },
        { "pre_tokenizer.use_regex", "false", "ByteLevel" },
        { "pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[]}", "pre-tokenizer" },
        { "pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"}}", "Split" },
        { "pre_tokenizer", Split("{\"String\":\" \"}", "Isolated"), "Split by a text" },
        { "pre_tokenizer", Split("{\"Regex\":\"\\\\w\"}", "Isolated"), "\\w" },
        { "pre_tokenizer", Split("{\"Regex\":\"a\"}", "Removed"), "Removed" },
        { "pre_tokenizer", Split("{\"Regex\":\"a\"}", "MergedWithNext"), "MergedWithNext" },
        { "pre_tokenizer", Split("{\"Regex\":7}", "Isolated"), "Split" },
        { "normalizer", "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a\"},\"content\":\"b\"}", "Replace" },
        { "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Lowercase\"}]}", "Lowercase" },
        { "decoder", "null", "decoder" },
        { "decoder.type", "\"WordPiece\"", "WordPiece" },
        { "normalizer", "{\"type\":\"Lowercase\"}", "Lowercase" },
        { "normalizer", "{}", "normalizer" },
        { "normalizer", "7", "normalizer" },
        { "added_tokens", "{}", "added_tokens" },
        { "added_tokens", "[7]", "added_tokens" },
        { "added_tokens", "[{\"content\":\"\",\"id\":300}]", "content" },
        { "added_tokens", "[{\"content\":\"x\"}]", "'x'" },
        { "added_tokens", "[{\"content\":\"x\",\"id\":-3}]", "'x'" },
        { "added_tokens", "[{\"content\":\"x\",\"id\":3},{\"content\":\"x\",\"id\":4}]", "twice" },
        { "added_tokens", "[{\"content\":\"x\",\"id\":3,\"normalized\":7}]", "tokenizer.json" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_wrong_part_is_named(string path, string value, string mentions)
    {
        JsonObject json = TokenizerJson.Create("a b");
        string[] parts = path.Split('.');
        JsonNode parent = json;
        foreach (string part in parts[..^1]) parent = parent[part]!;
        parent[parts[^1]] = JsonNode.Parse(value);
        AssertRefused(json.ToJsonString(), mentions);
    }

    [Fact]
    public void A_vocabulary_without_all_bytes_is_refused()
    {
        JsonObject json = TokenizerJson.Create();
        json["model"]!["vocab"]!.AsObject().Remove("a");
        AssertRefused(json.ToJsonString(), "61");
    }

    [Fact]
    public void Bytes_that_UTF_8_never_has_need_no_token()
    {
        JsonObject json = TokenizerJson.Create();
        foreach (string never in (string[])["À", "Á", "õ", "ÿ"]) json["model"]!["vocab"]!.AsObject().Remove(never);
        ITokenizer tokenizer = TokenizerFile.Load(_folder.Write("tokenizer.json", json.ToJsonString()));
        Assert.Equal("Àÿ€", tokenizer.Decode(tokenizer.Encode("Àÿ€")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{\"model\":{},\"model\":{}}")]
    [InlineData("{\"model\":{\"type\":\"\\ud800\"}}")]
    public void What_is_not_a_tokenizer_is_refused(string text) => AssertRefused(text, "tokenizer.json");

    [Fact]
    public void Every_truncation_is_refused()
    {
        string whole = TokenizerJson.Create("a b").ToJsonString();
        for (int length = 0; length < whole.Length; length += 7) AssertRefused(whole[..length], "tokenizer.json");
    }

    [Fact]
    public void Deep_nesting_is_refused() => AssertRefused(new string('[', 100_000), "tokenizer.json");

    [Fact]
    public void A_folder_without_a_tokenizer_is_told_what_one_would_be() =>
        Assert.Contains("tokenizer.json", Assert.Throws<InputException>(() => TokenizerFile.LoadFolder(_folder.Path)).Message, StringComparison.Ordinal);

    private static string Split(string pattern, string behavior) =>
        $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{{pattern}},"behavior":"{{behavior}}"},{"type":"ByteLevel","use_regex":false}]}""";

    private void AssertRefused(string text, string mentions)
    {
        string path = _folder.Write("tokenizer.json", text);
        string message = Assert.Throws<InputException>(() => TokenizerFile.Load(path)).Message;
        Assert.Contains(mentions, message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
