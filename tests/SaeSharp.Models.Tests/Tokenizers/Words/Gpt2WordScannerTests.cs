using System.Text.RegularExpressions;
using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tests.Tokenizers.Words;

public sealed class Gpt2WordScannerTests
{
    private static readonly Regex Published = new(Gpt2WordScanner.Pattern, RegexOptions.CultureInvariant);

    [Theory]
    [InlineData("a  b", new[] { "a", " ", " b" })]
    [InlineData("a\n\n b", new[] { "a", "\n\n", " b" })]
    [InlineData("a \nb", new[] { "a", " ", "\n", "b" })]
    [InlineData("end   ", new[] { "end", "   " })]
    [InlineData(" 's 't's", new[] { " '", "s", " '", "t", "'s" })]
    [InlineData("we'll they've I'M you're 'rest", new[] { "we", "'ll", " they", "'ve", " I", "'", "M", " you", "'re", " '", "rest" })]
    [InlineData("x1²Ⅷ", new[] { "x", "1²Ⅷ" })]
    [InlineData("a\u00A0b\u3000c", new[] { "a", "\u00A0", "b", "\u3000", "c" })]
    [InlineData("𝒜𝟗😀𐌰", new[] { "𝒜", "𝟗", "😀", "𐌰" })] // beyond the basic plane: letter, number, symbol, letter
    [InlineData("n\u0303o", new[] { "n", "\u0303", "o" })]
    public void Words_are_cut_as_published(string text, string[] words) => Assert.Equal(words, Scan(text));

    [Fact]
    public void Words_equal_those_of_the_published_expression_on_random_text()
    {
        // .NET's engine sees UTF-16 units, so only text of the basic plane can be compared; the pieces make every rule meet every other.
        string[] pieces = [" ", "  ", "\n", "\t", "\u00A0", "\u2003", "\u0085", "\u3000", "a", "é", "ß", "Ж", "中", "ʰ", "1", "٣", "½", "Ⅳ", "'", "'s", "'ll", "'re", "'v", "'ve", "'D", ".", "!?", "_", "\u0301", "\u200B", "\uFEFF", "\u180E", "\0", "€", "\uD800", "\uDC00"];
        Random random = new(5);
        for (int trial = 0; trial < 20000; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (text.Contains("\uD800\uDC00", StringComparison.Ordinal)) continue;
            Assert.Equal(Published.Matches(text).Select(match => match.Value), Scan(text));
        }
    }

    [Fact]
    public void Every_character_of_the_basic_plane_is_classed_as_the_published_expression_does()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            string text = $"a{(char)c}1{(char)c}{(char)c} .{(char)c}";
            Assert.Equal(Published.Matches(text).Select(match => match.Value), Scan(text));
        }
    }

    private static List<string> Scan(string text) => Cutting.Words(new Gpt2WordScanner(), text);
}
