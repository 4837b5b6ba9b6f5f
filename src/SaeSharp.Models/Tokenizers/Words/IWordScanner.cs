namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>Cuts text into the words within which a byte-pair encoder merges.</summary>
internal interface IWordScanner
{
    /// <summary>Appends one past the end of each word; the words cover the text, none is empty.</summary>
    void Cut(ReadOnlySpan<char> text, List<int> ends);
}
