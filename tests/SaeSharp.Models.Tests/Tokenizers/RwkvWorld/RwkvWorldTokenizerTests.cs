using System.Text;
using SaeSharp.Models.Tokenizers;
using Xunit.Abstractions;

namespace SaeSharp.Models.Tests.Tokenizers.RwkvWorld;

public sealed class RwkvWorldTokenizerTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_longest_token_wins_even_if_what_follows_is_worse_for_it()
    {
        ITokenizer tokenizer = Load("'ab' 2", "'abcd' 4", "'cde' 3", "' ab' 3");
        Assert.Equal(["abcd", "e"], Tokens(tokenizer, "abcde"));
        Assert.Equal(["ab", "c", "x"], Tokens(tokenizer, "abcx"));
        Assert.Equal([" ab", " ", "cde"], Tokens(tokenizer, " ab cde"));
        Assert.Empty(tokenizer.Encode(string.Empty));
    }

    [Fact]
    public void Tokens_may_be_parts_of_characters()
    {
        ITokenizer tokenizer = Load(@"b'\xe2\x82' 2", @"b'\xac\n' 2", "'é€' 5");
        Assert.Equal([257, 258], tokenizer.Encode("€\n"));
        Assert.Equal([259, 257, 0xAC + 1], tokenizer.Encode("é€€"));
        Assert.Equal([0xE2, 0x82], tokenizer.Bytes(257).ToArray());
        Assert.Equal("\uFFFD", tokenizer.Decode(257));
        Assert.Equal("€\n", tokenizer.Decode([257, 258]));
    }

    [Theory]
    [InlineData(@"'\\\'\""\n\r\t\x00\x7f\x80\u20ac\U0001f600'", "\\'\"\n\r\t\0\u007F\u0080€😀")]
    [InlineData("\"it's\"", "it's")]
    [InlineData("' '", " ")]
    [InlineData("'\u2028x'", "\u2028x")]
    public void Literals_are_read_as_Python_does(string literal, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length == 1) return; // a byte has its token already, and that was read the same way
        Assert.Equal([257], Load($"{literal} {bytes.Length}").Encode(text));
    }

    [Fact]
    public void The_end_of_a_text_is_id_0()
    {
        ITokenizer tokenizer = Load();
        Assert.True(tokenizer.TryFindAddedToken("<|rwkv_tokenizer_end_of_text|>", out int id));
        Assert.Equal(0, id);
        Assert.True(tokenizer.IsSpecial(0));
        Assert.False(tokenizer.IsSpecial(1));
        Assert.False(tokenizer.TryFindAddedToken("<|endoftext|>", out _));
        Assert.Equal(['a' + 1, 0, 'b' + 1], tokenizer.Encode("a<|rwkv_tokenizer_end_of_text|>b"));
        Assert.Equal("ab", tokenizer.Decode(['a' + 1, 0, 'b' + 1], skipSpecial: true));
        Assert.Equal("a", tokenizer.Decode(['a' + 1, -1, 99_999]));
        Assert.Equal(257, tokenizer.IdCount);
    }

    [Fact]
    public void Any_text_decodes_to_itself() => Texts.CheckRoundTrip(Load("'the' 3", "' the' 4", "'  ' 2", @"b'\xe4\xb8' 2", "'\U0001F600' 4"), text => text);

    [Fact]
    public void A_long_text_encodes_as_its_parts_do()
    {
        // Longer than what is looked at in one go, with tokens and characters across every seam.
        ITokenizer tokenizer = Load("'abab' 4", "'😀a' 5", "'中中中' 9", "'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' 31");
        Random random = new(2);
        string[] pieces = ["ab", "a", "b", "😀", "中", "中中", "é"];
        for (int trial = 0; trial < 20; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, 40_000).Select(_ => pieces[random.Next(pieces.Length)]));
            Assert.Equal(Greedy(tokenizer, text), tokenizer.Encode(text));
        }
    }

    [Fact]
    public void It_encodes_two_megabytes_a_second() => TokenizerSpeed.RequireTwoMegabytesASecond(Load("'the' 3", "' the' 4", "'con' 3", "'ment' 4"), output);

    [Fact]
    public void A_folder_is_read_by_its_vocabulary_unless_it_has_a_tokenizer_json()
    {
        File.WriteAllText(_folder["rwkv_vocab_v20230424.txt"], Vocabulary("'ab' 2"));
        Assert.Equal([257], TokenizerFile.LoadFolder(_folder.Path).Encode("ab"));
        _folder.Write("tokenizer.json", TokenizerJson.Create().ToJsonString());
        Assert.Equal(['a', 'b'], TokenizerFile.LoadFolder(_folder.Path).Encode("ab"));
    }

    [Theory]
    [InlineData("'ab'", "line 257")]
    [InlineData("'ab' 3", "line 257")]
    [InlineData("'ab' -2", "line 257")]
    [InlineData("'' 0", "line 257")]
    [InlineData("'a' 1", "line 257")]
    [InlineData("'ab 2", "line 257")]
    [InlineData("ab' 2", "line 257")]
    [InlineData("ab 2", "line 257")]
    [InlineData("\"ab' 2", "line 257")]
    [InlineData("'a'b' 3", "line 257")]
    [InlineData(@"'a\' 2", "line 257")]
    [InlineData(@"'\x4' 1", "line 257")]
    [InlineData(@"'\u20' 1", "line 257")]
    [InlineData(@"'\ud800' 3", "line 257")]
    [InlineData(@"'\U00110000' 4", "line 257")]
    [InlineData(@"'\Uffffffff' 4", "line 257")]
    [InlineData(@"'\N{DASH}' 3", "line 257")]
    [InlineData(@"b'\u0041' 1", "line 257")]
    [InlineData("b'é' 2", "line 257")]
    [InlineData("f'ab' 2", "line 257")]
    [InlineData("__import__('os') 2", "line 257")]
    public void A_damaged_line_is_named(string line, string mentions) => AssertRefused(Vocabulary(line), mentions);

    [Theory]
    [InlineData("0 'ab' 2")]
    [InlineData("-1 'ab' 2")]
    [InlineData("99999999999 'ab' 2")]
    [InlineData("20000000 'ab' 2")]
    [InlineData("7 'ab' 2")]
    [InlineData("x 'ab' 2")]
    public void A_wrong_id_is_named(string line) => AssertRefused(Vocabulary() + line, "line 257");

    [Fact]
    public void A_vocabulary_without_all_bytes_is_refused()
    {
        AssertRefused(string.Empty, "00");
        AssertRefused(Vocabulary().Replace("'a' 1", "'zz' 2", StringComparison.Ordinal), "61");
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("rwkv_vocab_none.txt", Assert.Throws<InputException>(() => TokenizerFile.Load(_folder["rwkv_vocab_none.txt"])).Message, StringComparison.Ordinal);

    /// <summary>All bytes as the published file has them, and some more tokens from id 257 on.</summary>
    private static string Vocabulary(params string[] more)
    {
        StringBuilder text = new();
        for (int value = 0; value < 256; value++)
        {
            string literal = value switch
            {
                >= 0x80 => $@"b'\x{value:x2}'",
                '\'' => "\"'\"",
                '\\' => @"'\\'",
                < 0x20 or 0x7F => $@"'\x{value:x2}'",
                _ => $"'{(char)value}'",
            };
            text.Append(value + 1).Append(' ').Append(literal).Append(" 1\n");
        }

        for (int i = 0; i < more.Length; i++) text.Append(257 + i).Append(' ').Append(more[i]).Append('\n');
        return text.ToString();
    }

    private static List<int> Greedy(ITokenizer tokenizer, string text)
    {
        Dictionary<string, int> idOf = Enumerable.Range(1, tokenizer.IdCount - 1).ToDictionary(id => Convert.ToHexString(tokenizer.Bytes(id)));
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        List<int> ids = [];
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(31, bytes.Length - at);
            while (!idOf.ContainsKey(Convert.ToHexString(bytes, at, length))) length--;
            ids.Add(idOf[Convert.ToHexString(bytes, at, length)]);
            at += length;
        }

        return ids;
    }

    private static List<string> Tokens(ITokenizer tokenizer, string text) => [.. tokenizer.Encode(text).Select(id => Encoding.UTF8.GetString(tokenizer.Bytes(id)))];

    private ITokenizer Load(params string[] more) => TokenizerFile.Load(_folder.Write("rwkv_vocab_test.txt", Vocabulary(more)));

    private void AssertRefused(string text, string mentions)
    {
        string message = Assert.Throws<InputException>(() => TokenizerFile.Load(_folder.Write("rwkv_vocab_test.txt", text))).Message;
        Assert.Contains(mentions, message, StringComparison.Ordinal);
        Assert.Contains("rwkv_vocab_test.txt", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
