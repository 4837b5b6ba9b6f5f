namespace SaeSharp.Models.Tokenizers;

/// <summary>Cuts text into the words within which a byte-pair encoder merges.</summary>
internal interface IWordScanner
{
    /// <summary>One past the end of the word that begins at <paramref name="start"/>; always more than <paramref name="start"/>.</summary>
    int EndOfWord(ReadOnlySpan<char> text, int start);
}
