namespace SaeSharp.Models.Tokenizers.Normalization;

/// <summary>Brings text into the form that a tokenizer was trained on.</summary>
internal interface ITextNormalizer
{
    /// <summary>Whether normalising would change nothing; may say no where it would not.</summary>
    bool IsNormalized(ReadOnlySpan<char> text);

    /// <summary>The normalised text.</summary>
    string Normalize(ReadOnlySpan<char> text);
}
