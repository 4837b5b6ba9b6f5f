using System.Text;
using System.Text.Json.Nodes;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Models.Tokenizers.Bpe;
using Xunit.Abstractions;

namespace SaeSharp.Models.Tests.Tokenizers.ByteFallback;

public sealed class ByteFallbackBpeTests(ITestOutputHelper output) : IDisposable
{
    private const string Characters = "▁abcdeé中\n😀\uFFFD";
    private static readonly string[] Merges = ["▁ a", "a b", "▁a b", "▁ ▁", "b ▁", "c d", "cd e", "a cd", "é 中", "😀 😀", "\uFFFD a"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(" ab", new[] { "▁ab" })]
    [InlineData("b ab", new[] { "b", "▁ab" })] // "b ▁" merges later than "▁ a"
    [InlineData("b c", new[] { "b▁", "c" })]
    [InlineData("cdeacd", new[] { "cde", "acd" })]
    [InlineData("   a", new[] { "▁▁", "▁a" })] // "▁ a" is the earliest merge
    [InlineData("😀😀😀", new[] { "😀😀", "😀" })]
    public void Merges_run_over_the_whole_text(string text, string[] tokens) => Assert.Equal(tokens, Tokens(text));

    [Fact]
    public void Half_a_character_is_a_replacement_character_before_anything_merges() => Assert.Equal(["a", "\uFFFDa"], Tokens("a\uD800a"));

    [Fact]
    public void A_character_without_a_token_becomes_its_bytes()
    {
        Assert.Equal(["a", "<0xE2>", "<0x82>", "<0xAC>", "b"], Tokens("a€b"));
        Assert.Equal(["<0xF0>", "<0x9F>", "<0x98>", "<0x81>"], Tokens("😁"));
        Assert.Equal(["<0x00>"], Tokens("\0"));
    }

    [Fact]
    public void Cutting_where_nothing_merges_changes_no_token()
    {
        // The same file with a merge that brings any two of its characters together last, so that nothing is cut.
        ITokenizer cut = Load(Create());
        JsonObject vocabulary = Create();
        MergeTable table = Table(vocabulary);
        BytePairMerger whole = new(table);
        Random random = new(4);
        string[] pieces = [" ", "a", "b", "c", "d", "e", "é", "中", "\n", "😀"];
        for (int trial = 0; trial < 4000; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => pieces[random.Next(pieces.Length)]));
            int[] uncut = [.. text.Replace(' ', '▁').EnumerateRunes().Select(rune => vocabulary["model"]!["vocab"]![rune.ToString()]!.GetValue<int>())];
            Assert.Equal(uncut[..whole.Merge(uncut)], cut.Encode(text));
        }
    }

    [Fact]
    public void Any_text_decodes_to_itself_but_for_the_sign_that_stands_for_a_space() =>
        Texts.CheckRoundTrip(Load(Create()), text => text.Replace('▁', ' '));

    [Fact]
    public void Bytes_that_are_no_text_decode_to_one_replacement_character_each()
    {
        ITokenizer tokenizer = Load(Create());
        Assert.Equal("€", tokenizer.Decode([0xE2, 0x82, 0xAC]));
        Assert.Equal("\uFFFD\uFFFD", tokenizer.Decode([0xE2, 0x82]));
        Assert.Equal("\uFFFD\uFFFD\uFFFD\uFFFD", tokenizer.Decode([0xE2, 0x82, 0xAC, 0xFF])); // the run as a whole, as the reference does
        Assert.Equal([0xE2], tokenizer.Bytes(0xE2).ToArray());
        int a = tokenizer.Encode("a")[0];
        Assert.Equal("\uFFFD\uFFFDa€", tokenizer.Decode([0xE2, 0x82, a, 0xE2, 0x82, 0xAC]));
        Assert.Equal("aa", tokenizer.Decode([a, -1, 100_000, a]));
    }

    [Fact]
    public void Added_tokens_are_found_in_the_raw_text_and_decode_like_all_others()
    {
        ITokenizer tokenizer = Load(Create().AddToken(400, "<bos>", "special").AddToken(401, "▁▁").AddToken(402, "\n\n").AddToken(403, "a ", "normalized"));
        int b = tokenizer.Encode("b")[0];
        Assert.Equal([400, b, 402, b], tokenizer.Encode("<bos>b\n\nb"));
        Assert.Equal([401], tokenizer.Encode("▁▁"));
        Assert.Equal([403, b], tokenizer.Encode("a b")); // looked for as "a▁"
        Assert.Equal("<bos>  b", tokenizer.Decode([400, 401, b]));
        Assert.Equal("  b", tokenizer.Decode([400, 401, b], skipSpecial: true));
    }

    [Fact]
    public void Splitting_at_spaces_that_the_normaliser_takes_away_is_nothing()
    {
        JsonObject json = Create();
        json["pre_tokenizer"] = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["String"] = " " }, ["behavior"] = "MergedWithPrevious", ["invert"] = false };
        Assert.Equal(Load(Create()).Encode("a b ab  c"), Load(json).Encode("a b ab  c"));
    }

    [Fact]
    public void A_long_text_without_any_place_to_cut_takes_no_quadratic_time()
    {
        ITokenizer tokenizer = Load(Create());
        string text = string.Concat(Enumerable.Repeat("ab ", 300_000));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void It_encodes_two_megabytes_a_second() => TokenizerSpeed.RequireTwoMegabytesASecond(Load(Create()), output);

    [Theory]
    [InlineData("pre_tokenizer", "{\"type\":\"Metaspace\"}", "Metaspace")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"String\":\"a\"}}", "Split")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\" \"}}", "Split")]
    [InlineData("decoder", "null", "decoder")]
    [InlineData("decoder", "{\"type\":\"ByteLevel\"}", "ByteLevel")]
    [InlineData("decoder", "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"ByteFallback\"},{\"type\":\"Strip\"}]}", "Strip")]
    [InlineData("model.merges", "[\"<0x41> <0x42>\"]", "<0x41>")]
    public void What_is_not_supported_is_named(string path, string value, string mentions)
    {
        JsonObject json = Create();
        json["model"]!["vocab"]!["<0x41><0x42>"] = 999;
        string[] parts = path.Split('.');
        JsonNode parent = json;
        foreach (string part in parts[..^1]) parent = parent[part]!;
        parent[parts[^1]] = JsonNode.Parse(value);
        Assert.Contains(mentions, Assert.Throws<InputException>(() => Load(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<0xE2>", true)]
    [InlineData("<0x41>", true)] // A has no token of its own
    [InlineData("<0x61>", false)] // a has
    [InlineData("<0xFF>", false)] // no text needs it
    public void All_bytes_that_a_text_may_need_have_tokens(string token, bool needed)
    {
        JsonObject json = Create();
        json["model"]!["vocab"]!.AsObject().Remove(token);
        if (needed) Assert.Contains(token, Assert.Throws<InputException>(() => Load(json)).Message, StringComparison.Ordinal);
        else Assert.Equal("a€", Load(json).Decode(Load(json).Encode("a€")));
    }

    private static JsonObject Create() => TokenizerJson.CreateWithByteFallback(Characters, Merges);

    private static MergeTable Table(JsonObject json)
    {
        int Id(string token) => json["model"]!["vocab"]![token]!.GetValue<int>();
        return new MergeTable([.. Merges.Select(merge => merge.Split(' ')).Select(pair => (Id(pair[0]), Id(pair[1]), Id(pair[0] + pair[1])))]);
    }

    private string[] Tokens(string text)
    {
        JsonObject json = Create();
        Dictionary<int, string> written = json["model"]!["vocab"]!.AsObject().ToDictionary(entry => entry.Value!.GetValue<int>(), entry => entry.Key);
        return [.. Load(json).Encode(text).Select(id => written[id])];
    }

    private ITokenizer Load(JsonObject json) => TokenizerFile.Load(_folder.Write("tokenizer.json", json.ToJsonString()));
}
