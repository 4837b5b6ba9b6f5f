using System.Globalization;

namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>Replaces characters beyond the basic plane by one of the basic plane of the same general category.</summary>
/// <remarks>.NET's regular expressions see UTF-16 units, and half a character is neither a letter nor a number to them.</remarks>
internal static class StandIns
{
    private const char Unassigned = '\uFDD0';
    private const char Replacement = '\uFFFD';

    /// <summary>The text with stand-ins, and where each of its characters begins in the original, with the original's length at the end.</summary>
    public static string Apply(ReadOnlySpan<char> text, out int[] origins)
    {
        char[] characters = new char[text.Length];
        origins = new int[text.Length + 1];
        int count = 0;
        for (int at = 0; at < text.Length; count++)
        {
            origins[count] = at;
            bool pair = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
            if (pair) characters[count] = For(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[at], text[at + 1])));
            else characters[count] = char.IsSurrogate(text[at]) ? Replacement : text[at];
            at += pair ? 2 : 1;
        }

        origins[count] = text.Length;
        return new string(characters, 0, count);
    }

    /// <summary>A character of the basic plane of some category, rare enough not to be named in anybody's expression.</summary>
    internal static char For(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\uA790',
        UnicodeCategory.LowercaseLetter => '\uA791',
        UnicodeCategory.TitlecaseLetter => '\u1F88',
        UnicodeCategory.ModifierLetter => '\uA788',
        UnicodeCategory.OtherLetter => '\uA78F',
        UnicodeCategory.NonSpacingMark => '\uA6F0',
        UnicodeCategory.SpacingCombiningMark => '\uA823',
        UnicodeCategory.EnclosingMark => '\uA670',
        UnicodeCategory.DecimalDigitNumber => '\uA620',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.SpaceSeparator => '\u205F',
        UnicodeCategory.Control => '\u0086',
        UnicodeCategory.Format => '\u206A',
        UnicodeCategory.PrivateUse => '\uE000',
        UnicodeCategory.ConnectorPunctuation => '\uFE33',
        UnicodeCategory.DashPunctuation => '\u2E3A',
        UnicodeCategory.OpenPunctuation => '\u2E22',
        UnicodeCategory.ClosePunctuation => '\u2E23',
        UnicodeCategory.InitialQuotePunctuation => '\u2E02',
        UnicodeCategory.FinalQuotePunctuation => '\u2E03',
        UnicodeCategory.OtherPunctuation => '\uA60D',
        UnicodeCategory.MathSymbol => '\u2AFE',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA490',
        _ => Unassigned,
    };
}
