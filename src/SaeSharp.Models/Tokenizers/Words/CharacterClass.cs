namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>What pre-tokenisers want to know of a character: each has exactly one class; scanners ask for sets of them.</summary>
[Flags]
internal enum CharacterClass : byte
{
    /// <summary>No character.</summary>
    None = 0,

    /// <summary>Unicode's White_Space.</summary>
    Space = 1,

    /// <summary>General category L.</summary>
    Letter = 2,

    /// <summary>General category N.</summary>
    Number = 4,

    /// <summary>General category M: accents and vowel signs that combine with what stands before them.</summary>
    Mark = 8,

    /// <summary>Anything else: punctuation, symbols, controls, unpaired surrogates.</summary>
    Other = 16,
}
