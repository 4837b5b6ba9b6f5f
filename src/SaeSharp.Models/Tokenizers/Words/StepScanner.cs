namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>A scanner that finds the end of a word from its beginning alone.</summary>
internal abstract class StepScanner : IWordScanner
{
    /// <summary>One past the end of the word that begins at <paramref name="start"/>; always more than <paramref name="start"/>.</summary>
    public abstract int EndOfWord(ReadOnlySpan<char> text, int start);

    /// <inheritdoc/>
    public void Cut(ReadOnlySpan<char> text, List<int> ends)
    {
        for (int end = 0; end < text.Length;)
        {
            end = EndOfWord(text, end);
            ends.Add(end);
        }
    }
}
