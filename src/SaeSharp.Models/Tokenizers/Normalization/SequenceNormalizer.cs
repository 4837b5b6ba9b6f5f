namespace SaeSharp.Models.Tokenizers.Normalization;

/// <summary>Several normalisers, one after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<ITextNormalizer> parts) : ITextNormalizer
{
    /// <inheritdoc/>
    public bool IsNormalized(ReadOnlySpan<char> text)
    {
        foreach (ITextNormalizer part in parts)
        {
            if (!part.IsNormalized(text)) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public string Normalize(ReadOnlySpan<char> text)
    {
        string result = text.ToString();
        foreach (ITextNormalizer part in parts)
        {
            if (!part.IsNormalized(result)) result = part.Normalize(result);
        }

        return result;
    }
}
