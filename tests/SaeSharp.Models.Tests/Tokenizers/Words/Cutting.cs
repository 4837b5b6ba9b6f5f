using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tests.Tokenizers.Words;

internal static class Cutting
{
    public static List<string> Words(IWordScanner scanner, string text)
    {
        List<int> ends = [];
        scanner.Cut(text, ends);
        List<string> words = [];
        int start = 0;
        foreach (int end in ends)
        {
            words.Add(text[start..end]);
            start = end;
        }

        Assert.Equal(text.Length, start);
        Assert.DoesNotContain(string.Empty, words);
        return words;
    }
}
