using System.Globalization;

namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>Knows which regular expressions mean the same to .NET as to the engines that tokenizers are made with (Oniguruma, Rust's).</summary>
/// <remarks>
/// An expression that both accept may still differ in meaning: nested sets, <c>^</c> and <c>$</c>, <c>\w</c>, possessive
/// quantifiers. Only what is the same in all is let through; anything else is named.
/// </remarks>
internal static class PortableRegex
{
    private const string SameEscapes = "sSdDrntfv";

    private static readonly HashSet<string> Categories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No",
        "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
    ];

    private static readonly string[] Groups = ["?:", "?=", "?!", "?<=", "?<!", "?>", "?i:"];

    /// <summary>The first part of an expression that may differ; null if there is none.</summary>
    public static string? FirstForeignPart(string pattern)
    {
        for (int at = 0; at < pattern.Length;)
        {
            int length = pattern[at] switch
            {
                '\\' => EscapeLength(pattern.AsSpan(at)),
                '[' => SetLength(pattern.AsSpan(at)),
                '(' => GroupLength(pattern.AsSpan(at)),
                '*' or '+' or '?' => SimpleQuantifierLength(pattern.AsSpan(at)),
                '{' => CountLength(pattern.AsSpan(at)),
                '^' or '$' or ']' or '}' => 0,
                _ => char.IsSurrogate(pattern[at]) ? 0 : 1,
            };
            if (length == 0) return pattern.Substring(at, Math.Min(pattern.Length - at, 8));
            at += length;
        }

        return null;
    }

    private static int EscapeLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2) return 0;
        if (SameEscapes.Contains(text[1], StringComparison.Ordinal)) return 2;
        if (char.IsAscii(text[1]) && (char.IsPunctuation(text[1]) || char.IsSymbol(text[1]) || text[1] == ' ')) return 2;
        if (text[1] is not ('p' or 'P') || text.Length < 3 || text[2] != '{') return 0;
        int end = text.IndexOf('}');
        return end > 0 && Categories.Contains(text[3..end].ToString()) ? end + 1 : 0;
    }

    private static int SetLength(ReadOnlySpan<char> text)
    {
        int at = text.Length > 1 && text[1] == '^' ? 2 : 1;
        for (int first = at; at < text.Length;)
        {
            if (text[at] == ']') return at == first ? 0 : at + 1;
            if (text[at] == '[' || char.IsSurrogate(text[at]) || text[at..].StartsWith("&&")) return 0;
            int length = text[at] == '\\' ? EscapeLength(text[at..]) : 1;
            if (length == 0) return 0;
            at += length;
        }

        return 0;
    }

    private static int GroupLength(ReadOnlySpan<char> text)
    {
        if (text.Length > 1 && text[1] != '?') return 1;
        foreach (string group in Groups)
        {
            if (text[1..].StartsWith(group, StringComparison.Ordinal)) return 1 + group.Length;
        }

        return 0;
    }

    private static int SimpleQuantifierLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[1] is not ('?' or '+' or '*' or '{')) return 1;
        return text[1] == '?' && (text.Length < 3 || text[2] is not ('?' or '+' or '*' or '{')) ? 2 : 0;
    }

    /// <summary><c>{2}</c>, <c>{2,}</c>, <c>{2,3}</c>, and nothing that would change them behind.</summary>
    private static int CountLength(ReadOnlySpan<char> text)
    {
        int end = text.IndexOf('}');
        if (end < 2 || (end + 1 < text.Length && text[end + 1] is '?' or '+' or '*' or '{')) return 0;
        ReadOnlySpan<char> counts = text[1..end];
        int comma = counts.IndexOf(',');
        ReadOnlySpan<char> least = comma < 0 ? counts : counts[..comma];
        ReadOnlySpan<char> most = comma < 0 ? default : counts[(comma + 1)..];
        bool valid = IsCount(least) && (most.IsEmpty || IsCount(most));
        return valid ? end + 1 : 0;
    }

    private static bool IsCount(ReadOnlySpan<char> text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= 1000;
}
