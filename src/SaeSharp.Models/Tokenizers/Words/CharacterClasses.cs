using System.Globalization;
using System.Runtime.CompilerServices;

namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>Looks up character classes: a table for the basic plane, Unicode's categories beyond.</summary>
internal static class CharacterClasses
{
    private static readonly CharacterClass[] Basic = BuildTable();

    /// <summary>The class of the character at <paramref name="index"/>, and of how many UTF-16 units it consists.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterClass At(ReadOnlySpan<char> text, int index, out int length)
    {
        char c = text[index];
        length = 1;
        return char.IsHighSurrogate(c) ? Beyond(text, index, out length) : Basic[c];
    }

    /// <summary>One past the run of characters of some classes that begins at <paramref name="index"/>.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int index, CharacterClass classes)
    {
        while (index < text.Length && (At(text, index, out int length) & classes) != 0) index += length;
        return index;
    }

    private static CharacterClass Beyond(ReadOnlySpan<char> text, int index, out int length)
    {
        length = 1;
        if (index + 1 >= text.Length || !char.IsLowSurrogate(text[index + 1])) return CharacterClass.Other;
        length = 2;
        return Classify(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[index], text[index + 1])));
    }

    private static CharacterClass[] BuildTable()
    {
        CharacterClass[] table = new CharacterClass[char.MaxValue + 1];
        for (int c = 0; c < table.Length; c++)
        {
            table[c] = char.IsWhiteSpace((char)c) ? CharacterClass.Space : Classify(CharUnicodeInfo.GetUnicodeCategory((char)c));
        }

        return table;
    }

    private static CharacterClass Classify(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterClass.Mark,
        _ => CharacterClass.Other,
    };
}
