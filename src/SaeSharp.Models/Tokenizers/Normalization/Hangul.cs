namespace SaeSharp.Models.Tokenizers.Normalization;

/// <summary>Korean syllables are composed by arithmetic (Unicode 3.12), not by a table.</summary>
internal static class Hangul
{
    public const int FirstSyllable = 0xAC00;
    public const int FirstLeading = 0x1100;
    public const int FirstVowel = 0x1161;
    public const int BeforeFinals = 0x11A7;
    public const int Leadings = 19;
    public const int Vowels = 21;
    public const int Finals = 28;
    public const int Syllables = Leadings * Vowels * Finals;

    public static bool IsSyllable(int code) => code is >= FirstSyllable and < FirstSyllable + Syllables;

    /// <summary>Appends the two or three letters of a syllable.</summary>
    public static void Decompose(int syllable, List<int> codes)
    {
        int index = syllable - FirstSyllable;
        codes.Add(FirstLeading + index / (Vowels * Finals));
        codes.Add(FirstVowel + index % (Vowels * Finals) / Finals);
        if (index % Finals != 0) codes.Add(BeforeFinals + index % Finals);
    }

    public static bool TryCompose(int first, int second, out int composed)
    {
        composed = 0;
        if (first is >= FirstLeading and < FirstLeading + Leadings && second is >= FirstVowel and < FirstVowel + Vowels)
        {
            composed = FirstSyllable + ((first - FirstLeading) * Vowels + second - FirstVowel) * Finals;
        }
        else if (IsSyllable(first) && (first - FirstSyllable) % Finals == 0 && second is > BeforeFinals and < BeforeFinals + Finals)
        {
            composed = first + second - BeforeFinals;
        }

        return composed != 0;
    }
}
