namespace SaeSharp.Models.Tokenizers;

/// <summary>Conveniences on <see cref="ITokenizer"/>.</summary>
public static class TokenizerExtensions
{
    /// <summary>The tokens of a text.</summary>
    public static int[] Encode(this ITokenizer tokenizer, string text)
    {
        List<int> ids = [];
        tokenizer.Encode(text, ids);
        return [.. ids];
    }

    /// <summary>The text of one token, with U+FFFD for parts of characters.</summary>
    public static string Decode(this ITokenizer tokenizer, int id) => tokenizer.Decode([id]);
}
