namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>Qwen's pre-tokenisation and its relatives': words with one sign before them, few digits at a time, line breaks kept together.</summary>
/// <remarks>
/// The same words as the published expressions give, without a regular-expression engine. Contractions ignore case by Unicode's
/// rules, as the published engines do: the long s (U+017F) is an s.
/// </remarks>
internal sealed class QwenWordScanner : StepScanner
{
    /// <summary>Qwen2 and Qwen3: digits one by one.</summary>
    public const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen3.5: as Qwen3, but marks belong to the letters that they stand on.</summary>
    public const string Qwen35Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3 and others after GPT-4: as Qwen2, but up to three digits together.</summary>
    public const string ThreeDigitsPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly CharacterClass _letters;
    private readonly CharacterClass _rest;
    private readonly int _digits;

    /// <param name="marksAreLetters">Whether words hold marks.</param>
    /// <param name="digits">How many digits stay together.</param>
    public QwenWordScanner(bool marksAreLetters, int digits)
    {
        _letters = marksAreLetters ? CharacterClass.Letter | CharacterClass.Mark : CharacterClass.Letter;
        _rest = marksAreLetters ? CharacterClass.Other : CharacterClass.Other | CharacterClass.Mark;
        _digits = digits;
    }

    /// <inheritdoc/>
    public override int EndOfWord(ReadOnlySpan<char> text, int start)
    {
        char first = text[start];
        CharacterClass firstClass = CharacterClasses.At(text, start, out int length);
        int next = start + length;
        if ((firstClass & _letters) != 0) return CharacterClasses.EndOfRun(text, next, _letters);
        if (firstClass == CharacterClass.Number) return EndOfDigits(text, next);
        if (first == '\'')
        {
            int contraction = ContractionLength(text[start..]);
            if (contraction > 0) return start + contraction;
        }

        CharacterClass nextClass = next < text.Length ? CharacterClasses.At(text, next, out length) : CharacterClass.None;
        if (first is not ('\r' or '\n') && (nextClass & _letters) != 0) return CharacterClasses.EndOfRun(text, next + length, _letters);
        if ((firstClass & _rest) != 0) return EndOfSigns(text, next);
        if (first == ' ' && (nextClass & _rest) != 0) return EndOfSigns(text, next + length);
        return EndOfBlanks(text, start);
    }

    /// <summary>Of a run of blanks: up to its last line break; else all but the last if something follows; else all.</summary>
    private static int EndOfBlanks(ReadOnlySpan<char> text, int start)
    {
        int end = CharacterClasses.EndOfRun(text, start + 1, CharacterClass.Space);
        int lineBreak = text[start..end].LastIndexOfAny('\r', '\n');
        if (lineBreak >= 0) return start + lineBreak + 1;
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2) return 0;
        char first = (char)(text[1] | 0x20);
        if (first is 's' or 't' or 'm' or 'd' || text[1] == '\u017F') return 2;
        if (text.Length < 3) return 0;
        return (first, (char)(text[2] | 0x20)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private int EndOfSigns(ReadOnlySpan<char> text, int index)
    {
        index = CharacterClasses.EndOfRun(text, index, _rest);
        while (index < text.Length && text[index] is '\r' or '\n') index++;
        return index;
    }

    private int EndOfDigits(ReadOnlySpan<char> text, int index)
    {
        for (int count = 1; count < _digits && index < text.Length && CharacterClasses.At(text, index, out int length) == CharacterClass.Number; count++) index += length;
        return index;
    }
}
