using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tests.Tokenizers.Words;

public sealed class MergeBoundaryScannerTests
{
    private readonly MergeBoundaryScanner _scanner = new([("▁", "a"), ("▁a", "b"), ("▁", "▁"), ("é", "▁"), ("中", "国"), ("x", "\u007F")]);

    [Theory]
    [InlineData("▁ab▁ab", new[] { "▁ab", "▁ab" })]
    [InlineData("▁▁▁ab", new[] { "▁▁▁ab" })]
    [InlineData("é▁ba", new[] { "é▁", "b", "a" })]
    [InlineData("中国中", new[] { "中国", "中" })]
    [InlineData("x\u007Fx▁", new[] { "x\u007F", "x", "▁" })] // the place of ▁ in the small table is no other character's
    [InlineData("", new string[0])]
    public void Text_is_cut_where_no_merge_reaches_across(string text, string[] words) => Assert.Equal(words, Cutting.Words(_scanner, text));

    [Fact]
    public void Nothing_is_cut_beside_a_surrogate()
    {
        // Attributes cannot hold half a character.
        foreach (string text in (string[])["q😀q", "q\uD800q", "q\uDC00q"]) Assert.Equal([text], Cutting.Words(_scanner, text));
    }
}
