namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>GPT-2's pre-tokenisation, also that of GPT-NeoX and Mamba: words with the blank before them, numbers, runs of the rest, contractions.</summary>
/// <remarks>
/// The same words as <see cref="Pattern"/> gives, without a regular-expression engine. Of a run of blanks before something else
/// the last one stays for the next word, which takes it if it is a space.
/// </remarks>
internal sealed class Gpt2WordScanner : StepScanner
{
    /// <summary>The published regular expression.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const CharacterClass Rest = CharacterClass.Mark | CharacterClass.Other;

    /// <inheritdoc/>
    public override int EndOfWord(ReadOnlySpan<char> text, int start)
    {
        char first = text[start];
        if (first == '\'')
        {
            int contraction = ContractionLength(text[start..]);
            if (contraction > 0) return start + contraction;
        }

        int body = first == ' ' && start + 1 < text.Length ? start + 1 : start;
        CharacterClass bodyClass = CharacterClasses.At(text, body, out int length);
        if (bodyClass != CharacterClass.Space)
        {
            return CharacterClasses.EndOfRun(text, body + length, (bodyClass & Rest) != 0 ? Rest : bodyClass);
        }

        int end = CharacterClasses.EndOfRun(text, start + 1, CharacterClass.Space);
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2) return 0;
        if (text[1] is 's' or 't' or 'm' or 'd') return 2;
        if (text.Length < 3) return 0;
        return (text[1], text[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }
}
