using System.Text;
using System.Text.Json.Nodes;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Models.Tokenizers.Bpe;
using SaeSharp.Models.Tokenizers.ByteLevel;
using SaeSharp.Models.Tokenizers.Normalization;
using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tests.Tokenizers;

public sealed class ByteLevelBpeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_lowest_rank_merges_first_and_of_equals_the_leftmost()
    {
        ITokenizer tokenizer = Load(TokenizerJson.Create("b c", "a b", "a a", "bc d"));
        Assert.Equal(["a", "bc"], Tokens(tokenizer, "abc"));
        Assert.Equal(["aa", "a"], Tokens(tokenizer, "aaa"));
        Assert.Equal(["aa", "bcd", "ab"], Tokens(tokenizer, "aabcdab"));
    }

    [Fact]
    public void Merges_may_be_pairs_instead_of_words()
    {
        JsonObject json = TokenizerJson.Create("b c", "a bc");
        json["model"]!["merges"] = new JsonArray(new JsonArray("b", "c"), new JsonArray("a", "bc"));
        Assert.Equal(["abc"], Tokens(Load(json), "abc"));
    }

    [Fact]
    public void Short_and_long_words_merge_alike()
    {
        MergeTable merges = new([(0, 0, 1), (1, 1, 2), (0, 2, 3), (2, 0, 4), (5, 0, 6), (1, 5, 7), (3, 6, 8)]);
        BytePairMerger merger = new(merges);
        Random random = new(9);
        for (int trial = 0; trial < 3000; trial++)
        {
            int[] word = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(4) == 0 ? 5 : 0)];
            int[] scanned = [.. word];
            int[] queued = [.. word];
            Assert.Equal(scanned[..merger.MergeShort(scanned)], queued[..merger.MergeLong(queued)]);
        }
    }

    [Fact]
    public void A_word_of_a_million_letters_takes_no_quadratic_time()
    {
        ITokenizer tokenizer = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        string word = string.Concat(Enumerable.Repeat("antidisestablishment", 50_000));
        Assert.Equal(word, tokenizer.Decode(tokenizer.Encode(word)));
    }

    [Fact]
    public void Any_text_decodes_to_itself() => Texts.CheckRoundTrip(TokenizerFile.LoadFolder(TestData.Gpt2Tiny), text => text);

    [Theory]
    [InlineData(QwenWordScanner.Qwen2Pattern)]
    [InlineData(QwenWordScanner.Qwen35Pattern)]
    [InlineData(@"\p{L}+|\d")] // no scanner of its own, and with gaps
    public void Any_text_decodes_to_its_normal_form_however_it_is_cut(string pattern)
    {
        JsonObject json = TokenizerJson.Create("a b", "Ġ a", "' s").WithSplit(pattern);
        json["normalizer"] = new JsonObject { ["type"] = "NFC" };
        Texts.CheckRoundTrip(Load(json), text => new NfcNormalizer().Normalize(text));
    }

    [Fact]
    public void Words_are_cut_by_the_expression_of_the_file()
    {
        string[] merges = ["Ġ Ġ", "1 2", "' S", "a b", "Ċ Ċ"];
        Assert.Equal(["1", "2", "'S", "Ġ", "Ġ", "ab", "ĊĊ"], Tokens(Load(TokenizerJson.Create(merges).WithSplit(QwenWordScanner.Qwen2Pattern)), "12'S  ab\n\n"));
        Assert.Equal(["12", "'S", "Ġ", "Ġ", "ab", "ĊĊ"], Tokens(Load(TokenizerJson.Create(merges).WithSplit(QwenWordScanner.ThreeDigitsPattern)), "12'S  ab\n\n"));
        Assert.Equal(["12", "'", "S", "ĠĠ", "ab", "Ċ", "Ċ"], Tokens(Load(TokenizerJson.Create(merges).WithSplit(@"\d+|  |\n|S")), "12'S  ab\n\n"));
    }

    [Fact]
    public void Matches_may_be_kept_by_removing_what_is_none()
    {
        JsonObject json = TokenizerJson.Create("1 2").WithSplit(QwenWordScanner.Qwen2Pattern, "Removed", invert: true);
        Assert.Equal(["1", "2"], Tokens(Load(json), "12"));
    }

    [Fact]
    public void A_cached_word_encodes_as_a_new_one()
    {
        ITokenizer warm = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        ITokenizer cold = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        Random random = new(1);
        for (int trial = 0; trial < 150_000; trial++) warm.Encode($" w{random.Next():x}", []); // fills the cache more than once
        for (int trial = 0; trial < 1000; trial++)
        {
            string word = $" w{random.Next(300):x}";
            Assert.Equal(cold.Encode($"{word}!")[..^1], warm.Encode(word));
        }
    }

    [Fact]
    public void Unpaired_surrogates_become_replacement_characters()
    {
        ITokenizer tokenizer = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        Assert.Equal("a\uFFFDb", tokenizer.Decode(tokenizer.Encode("a\uD800b")));
    }

    [Fact]
    public void Cut_characters_decode_to_replacement_characters()
    {
        ITokenizer tokenizer = Load(TokenizerJson.Create());
        byte[] euro = Encoding.UTF8.GetBytes("€");
        Assert.Equal("\uFFFD", tokenizer.Decode([euro[0], euro[1]]));
        Assert.Equal("€", tokenizer.Decode([euro[0], euro[1], euro[2]]));
        Assert.Equal("\uFFFDa", tokenizer.Decode([euro[0], 'a']));
        Assert.Equal("\uFFFD\uFFFD", tokenizer.Decode([0xFF, 0xC0])); // one for each maximal part that cannot be UTF-8
        Assert.Equal([0xE2], tokenizer.Bytes(0xE2).ToArray());
    }

    [Fact]
    public void Ids_without_a_token_decode_to_nothing()
    {
        ITokenizer tokenizer = Load(TokenizerJson.Create().AddToken(300, "<end>", "special"));
        Assert.Equal("ab", tokenizer.Decode(['a', 280, -1, int.MaxValue, 'b']));
        Assert.Equal("a<end>", tokenizer.Decode(['a', 300]));
        Assert.Equal("a", tokenizer.Decode(['a', 300], skipSpecial: true));
    }

    [Fact]
    public void Added_tokens_are_cut_out_first_and_the_longest_wins()
    {
        ITokenizer tokenizer = Load(TokenizerJson.Create("a b").AddToken(300, "<x>", "special").AddToken(301, "<x>y").AddToken(302, "ab c"));
        Assert.Equal([300, 'a'], tokenizer.Encode("<x>a"));
        Assert.Equal([301, 300], tokenizer.Encode("<x>y<x>"));
        Assert.Equal(['z', 302], tokenizer.Encode("zab c"));
        Assert.Equal(["ab", "<", "x"], Tokens(tokenizer, "ab<x"));
    }

    [Fact]
    public void Blanks_before_an_added_token_are_at_the_end_of_their_text()
    {
        ITokenizer tokenizer = Load(TokenizerJson.Create("Ġ Ġ").AddToken(300, "<x>"));
        Assert.Equal(["ĠĠ", "<x>", "Ġ", "a"], Tokens(tokenizer, "  <x> a"));
    }

    [Fact]
    public void Added_tokens_honour_their_flags()
    {
        ITokenizer tokenizer = Load(TokenizerJson.Create()
            .AddToken(300, "<l>", "lstrip").AddToken(301, "<r>", "rstrip").AddToken(302, "word", "single_word"));
        Assert.Equal(['a', 300, ' ', 'b'], tokenizer.Encode("a \n<l> b"));
        Assert.Equal(['a', ' ', 301, 'b'], tokenizer.Encode("a <r> \t b"));
        Assert.Equal([302, ' ', 302], tokenizer.Encode("word word"));
        Assert.Equal(6, tokenizer.Encode("words ").Length);
        Assert.Equal(5, tokenizer.Encode("_word").Length);
    }

    [Fact]
    public void Normalised_tokens_are_found_in_the_normalised_text_only()
    {
        JsonObject json = TokenizerJson.Create().AddToken(300, "é", "normalized").AddToken(301, "A\u030A");
        json["normalizer"] = new JsonObject { ["type"] = "NFC" };
        ITokenizer tokenizer = Load(json);
        Assert.Equal([300, 300], tokenizer.Encode("e\u0301é"));
        Assert.Equal([301], tokenizer.Encode("A\u030A"));
        Assert.Equal("Å", tokenizer.Decode(tokenizer.Encode("\u212B")));
    }

    [Fact]
    public void A_prefix_space_is_added_where_the_file_asks_for_it()
    {
        JsonObject json = TokenizerJson.Create().AddToken(300, "<x>");
        json["pre_tokenizer"]!["add_prefix_space"] = true;
        ITokenizer tokenizer = Load(json);
        Assert.Equal(" a", tokenizer.Decode(tokenizer.Encode("a")));
        Assert.Equal(" a", tokenizer.Decode(tokenizer.Encode(" a")));
        Assert.Equal("<x> a", tokenizer.Decode(tokenizer.Encode("<x>a")));
        Assert.Empty(tokenizer.Encode(string.Empty));
    }

    [Fact]
    public void Threads_share_a_tokenizer()
    {
        ITokenizer tokenizer = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => string.Concat(Enumerable.Range(i, 300).Select(j => $" word{j} of {j * i}")))];
        int[][] expected = [.. texts.Select(text => tokenizer.Encode(text))];
        Parallel.For(0, 256, i => Assert.Equal(expected[i % 64], tokenizer.Encode(texts[i % 64])));
    }

    private static List<string> Tokens(ITokenizer tokenizer, string text) =>
        [.. tokenizer.Encode(text).Select(id => string.Concat(tokenizer.Bytes(id).ToArray().Select(value => ByteAlphabet.Character(value))))];

    private ITokenizer Load(JsonObject json) => TokenizerFile.Load(_folder.Write("tokenizer.json", json.ToJsonString()));
}
