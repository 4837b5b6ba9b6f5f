using System.Text.RegularExpressions;
using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tests.Tokenizers.Words;

public sealed class QwenWordScannerTests
{
    private static readonly string[] Pieces =
    [
        " ", "  ", "\n", "\r", "\r\n", "\t", "\u00A0", "\u2003", "\u0085", "\u2028", "\u3000", "a", "é", "ß", "Ж", "中", "ʰ", "1", "23", "4567", "٣", "½", "Ⅳ",
        "'", "'s", "'S", "'LL", "'ll", "'Re", "'v", "'vE", "'D", "'T", "'m", "''", ".", "!?", "_", "\u0301", "\u0915\u093F", "\u20DD", "\u200B", "\uFEFF", "\u180E", "\0", "€",
    ];

    public static TheoryData<string> Patterns => [QwenWordScanner.Qwen2Pattern, QwenWordScanner.Qwen35Pattern, QwenWordScanner.ThreeDigitsPattern];

    [Theory]
    [InlineData("it's IT'LL o'clock", new[] { "it", "'s", " IT", "'LL", " o", "'clock" })]
    [InlineData("x = 1234;\n\n\n  y", new[] { "x", " =", " ", "1", "2", "3", "4", ";\n\n\n", " ", " y" })]
    [InlineData("a\r\n \n b", new[] { "a", "\r\n \n", " b" })]
    [InlineData("(word) \"two\"\t\tthree", new[] { "(word", ")", " \"", "two", "\"", "\t", "\tthree" })]
    [InlineData("𝒜𝟗𝟗😀𐌰", new[] { "𝒜", "𝟗", "𝟗", "😀𐌰" })]
    [InlineData("end  \n  ", new[] { "end", "  \n", "  " })]
    [InlineData("x'\u017F y'\u017Ft", new[] { "x", "'\u017F", " y", "'\u017F", "t" })] // the long s is an s where case is ignored
    public void Words_are_cut_as_published(string text, string[] words) =>
        Assert.Equal(words, Cutting.Words(WordScanners.TryFind(QwenWordScanner.Qwen2Pattern)!, text));

    [Fact]
    public void Marks_belong_to_words_where_the_expression_says_so()
    {
        const string Text = "हिन्दी n\u0303o \u0301";
        Assert.Equal(["ह", "िन", "्द", "ी", " n", "\u0303o", " \u0301"], Cutting.Words(WordScanners.TryFind(QwenWordScanner.Qwen2Pattern)!, Text));
        Assert.Equal(["हिन्दी", " n\u0303o", " \u0301"], Cutting.Words(WordScanners.TryFind(QwenWordScanner.Qwen35Pattern)!, Text));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Words_equal_those_of_the_published_expression_on_random_text(string pattern)
    {
        // .NET's engine sees UTF-16 units and knows no long s, so neither is in this text.
        Regex published = new(pattern, RegexOptions.CultureInvariant);
        IWordScanner scanner = WordScanners.TryFind(pattern)!;
        Random random = new(6);
        for (int trial = 0; trial < 20000; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            Assert.Equal(published.Matches(text).Select(match => match.Value), Cutting.Words(scanner, text));
        }
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Every_character_of_the_basic_plane_is_classed_as_the_published_expression_does(string pattern)
    {
        Regex published = new(pattern, RegexOptions.CultureInvariant);
        IWordScanner scanner = WordScanners.TryFind(pattern)!;
        for (int c = 0; c <= char.MaxValue; c++)
        {
            if (char.IsSurrogate((char)c) || c == '\u017F') continue;
            string text = $"a{(char)c}1{(char)c}{(char)c} .{(char)c}\n'{(char)c}";
            Assert.Equal(published.Matches(text).Select(match => match.Value), Cutting.Words(scanner, text));
        }
    }
}
