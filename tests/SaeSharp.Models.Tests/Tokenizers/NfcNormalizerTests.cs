using System.Text;
using SaeSharp.Models.Tokenizers.Normalization;

namespace SaeSharp.Models.Tests.Tokenizers;

public sealed class NfcNormalizerTests
{
    private readonly NfcNormalizer _normalizer = new();

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("\u212B", "Å")] // a singleton
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")] // stays: an example of the standard
    [InlineData("q\u0307\u0323", "q\u0323\u0307")] // marks are ordered by class
    [InlineData("a\u0323\u0302", "\u1EAD")] // two compositions
    [InlineData("a\u0302\u0323", "\u1EAD")]
    [InlineData("a\u0301\u0301", "á\u0301")] // the second is blocked
    [InlineData("\u0958", "\u0915\u093C")] // excluded from composition
    [InlineData("\u1100\u1161\u11A8", "각")]
    [InlineData("\u1100\u1161", "가")]
    [InlineData("\uAC00\u11A8", "각")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")] // beyond the basic plane, excluded
    [InlineData("\U00011131\U00011127", "\U0001112E")] // beyond the basic plane, composes
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u03B9\u0308\u0301", "\u0390")]
    public void Known_forms(string text, string expected) => Assert.Equal(expected, _normalizer.Normalize(text));

    [Fact]
    public void An_unpaired_surrogate_is_no_character() => Assert.Equal("a\uFFFD", _normalizer.Normalize("a\uD800"));

    [Fact]
    public void Normalising_twice_changes_nothing_more()
    {
        Random random = new(3);
        int[] interesting = [0x41, 0x61, 0xC5, 0x301, 0x302, 0x307, 0x323, 0x327, 0x345, 0x1100, 0x1161, 0x11A8, 0xAC00, 0x915, 0x93C, 0x9C7, 0x9BE, 0x1D157, 0x1D165, 0x3B1, 0x313, 0x212B, 0x344];
        for (int trial = 0; trial < 5000; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => new Rune(interesting[random.Next(interesting.Length)]).ToString()));
            string once = _normalizer.Normalize(text);
            Assert.Equal(once, _normalizer.Normalize(once));
            if (_normalizer.IsNormalized(text)) Assert.Equal(text, once);
        }
    }

    [Fact]
    public void Every_character_that_changes_is_noticed()
    {
        for (int code = 0; code <= 0x10FFFF; code++)
        {
            if (!Rune.IsValid(code)) continue;
            string text = new Rune(code).ToString();
            if (_normalizer.IsNormalized(text)) Assert.Equal(text, _normalizer.Normalize(text));
        }
    }

    [Fact]
    public void A_hundred_thousand_marks_on_one_letter_take_no_time()
    {
        string text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 50_000));
        Assert.Equal(100_000, _normalizer.Normalize(text).Length);
    }
}
