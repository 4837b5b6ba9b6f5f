namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>Which scanner does what a published regular expression says. A new one is a line here.</summary>
internal static class WordScanners
{
    private static readonly Dictionary<string, Func<IWordScanner>> Published = new(StringComparer.Ordinal)
    {
        [Gpt2WordScanner.Pattern] = () => new Gpt2WordScanner(),
        [QwenWordScanner.Qwen2Pattern] = () => new QwenWordScanner(marksAreLetters: false, digits: 1),
        [QwenWordScanner.Qwen35Pattern] = () => new QwenWordScanner(marksAreLetters: true, digits: 1),
        [QwenWordScanner.ThreeDigitsPattern] = () => new QwenWordScanner(marksAreLetters: false, digits: 3),
    };

    /// <summary>The scanner written for an expression; null if there is none. The words of all these cover any text without gaps.</summary>
    public static IWordScanner? TryFind(string pattern) => Published.TryGetValue(pattern, out Func<IWordScanner>? create) ? create() : null;
}
