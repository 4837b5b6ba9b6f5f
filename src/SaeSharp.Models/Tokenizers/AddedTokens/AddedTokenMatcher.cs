using System.Buffers;
using System.Globalization;

namespace SaeSharp.Models.Tokenizers.AddedTokens;

/// <summary>Finds added tokens in text: the leftmost first, of several that begin there the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<char, AddedToken[]> _longestFirst;
    private readonly SearchValues<string> _texts;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] all = [.. tokens.OrderByDescending(token => token.Text.Length)];
        _texts = SearchValues.Create([.. all.Select(token => token.Text)], StringComparison.Ordinal);
        _longestFirst = all.GroupBy(token => token.Text[0]).ToDictionary(group => group.Key, group => group.ToArray());
    }

    public bool IsEmpty => _longestFirst.Count == 0;

    /// <summary>Finds the first added token at or after <paramref name="from"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where the search begins; blanks before it are not taken by a token.</param>
    /// <param name="start">Where the token begins, with the blanks that it takes; the end of the text if there is none.</param>
    /// <param name="end">One past its end, with the blanks that it takes; the end of the text if there is none.</param>
    public AddedToken? Find(ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        for (int at = from; !IsEmpty && at < text.Length; at = end)
        {
            int offset = text[at..].IndexOfAny(_texts);
            if (offset < 0) break;
            start = at + offset;
            AddedToken token = LongestAt(text[start..]);
            end = start + token.Text.Length;
            if (token.SingleWord && !StandsAlone(text, start, end)) continue;
            if (token.StripLeft) start = from + text[from..start].TrimEnd().Length;
            if (token.StripRight) end = text.Length - text[end..].TrimStart().Length;
            return token;
        }

        start = end = text.Length;
        return null;
    }

    private static bool StandsAlone(ReadOnlySpan<char> text, int start, int end) =>
        (start == 0 || !IsWordCharacter(text[start - 1])) && (end == text.Length || !IsWordCharacter(text[end]));

    private static bool IsWordCharacter(char c) =>
        char.IsLetterOrDigit(c)
        || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber;

    private AddedToken LongestAt(ReadOnlySpan<char> text)
    {
        foreach (AddedToken token in _longestFirst[text[0]])
        {
            if (text.StartsWith(token.Text, StringComparison.Ordinal)) return token;
        }

        throw new InvalidOperationException("The search found a token that is not there.");
    }
}
