using System.Globalization;
using System.Text;
using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tests.Tokenizers.Words;

public sealed class RegexWordScannerTests
{
    [Theory]
    [InlineData(@"\p{N}{1,2}|\p{L}+", "ab123 c", new[] { "ab", "12", "3", " ", "c" })]
    [InlineData(@"\d", "ab12", new[] { "ab", "1", "2" })]
    [InlineData(@"(?=b)", "abab", new[] { "a", "ba", "b" })] // empty matches cut, but are no words
    [InlineData(@"\s+(?!\S)|(?i:'S)| ?[a-z.\-]+?x", "q-x 'S  y", new[] { "q-x", " ", "'S", " ", " y" })]
    [InlineData(@"z", "", new string[0])]
    public void Matches_and_what_lies_between_are_words(string pattern, string text, string[] words) =>
        Assert.Equal(words, Cutting.Words(new RegexWordScanner("t.json", pattern), text));

    [Theory]
    [InlineData(Gpt2WordScanner.Pattern)]
    [InlineData(QwenWordScanner.Qwen2Pattern)]
    [InlineData(QwenWordScanner.Qwen35Pattern)]
    [InlineData(QwenWordScanner.ThreeDigitsPattern)]
    public void The_published_expressions_cut_as_their_own_scanners_do_on_all_of_Unicode(string pattern)
    {
        RegexWordScanner regex = new("t.json", pattern);
        IWordScanner scanner = WordScanners.TryFind(pattern)!;
        Random random = new(3);
        for (int trial = 0; trial < 3000; trial++)
        {
            StringBuilder text = new();
            for (int i = random.Next(1, 30); i > 0; i--)
            {
                int code = random.Next(4) switch { 0 => random.Next(0x80), 1 => random.Next(0x3000), 2 => random.Next(0x10000, 0x1F000), _ => random.Next(0x110000) };
                if (Rune.IsValid(code) && code != 0x17F) text.Append(new Rune(code).ToString());
            }

            Assert.Equal(Cutting.Words(scanner, text.ToString()), Cutting.Words(regex, text.ToString()));
        }
    }

    [Fact]
    public void Stand_ins_have_the_category_that_they_stand_for()
    {
        foreach (UnicodeCategory category in Enum.GetValues<UnicodeCategory>())
        {
            if (category is UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) continue; // none beyond the basic plane
            Assert.Equal(category, CharUnicodeInfo.GetUnicodeCategory(StandIns.For(category)));
        }
    }

    [Theory]
    [InlineData(@"\w+", @"\w+")]
    [InlineData(@"^a", "^a")]
    [InlineData(@"a$", "$")]
    [InlineData(@"\p{Han}+", @"\p{Han}+")]
    [InlineData(@"[\p{L}&&[^a]]", @"[\p{L}&&")]
    [InlineData(@"[a[b]]", "[a[b]]")]
    [InlineData(@"[[:alpha:]]+", "[[:alpha")]
    [InlineData(@"\p{L}++", "++")]
    [InlineData(@"[^\r\n]?+\p{L}", @"?+\p{L}")]
    [InlineData(@"a{1,2}+", "{1,2}+")]
    [InlineData(@"a{,2}", "{,2}")]
    [InlineData(@"(?<name>a)", "(?<name>")]
    [InlineData(@"(?i)a", "(?i)a")]
    [InlineData(@"(a)\1", @"\1")]
    [InlineData(@"\x41", @"\x41")]
    [InlineData(@"\h", @"\h")]
    [InlineData(@"\b", @"\b")]
    [InlineData("[a", "[a")]
    [InlineData("[]a]", "[]a]")]
    [InlineData("\\", "\\")]
    [InlineData("\U0001F600", "\U0001F600")]
    public void What_may_mean_something_else_is_refused(string pattern, string part)
    {
        string message = Assert.Throws<InputException>(() => new RegexWordScanner("t.json", pattern)).Message;
        Assert.EndsWith($"whose part {part} is not supported.", message, StringComparison.Ordinal);
        Assert.StartsWith("t.json", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("*a")]
    [InlineData("a{3,2}")]
    public void A_broken_expression_is_refused(string pattern) =>
        Assert.Contains("t.json", Assert.Throws<InputException>(() => new RegexWordScanner("t.json", pattern)).Message, StringComparison.Ordinal);
}
