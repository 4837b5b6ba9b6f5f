namespace SaeSharp.Models.Tokenizers;

/// <summary>What pre-tokenisers want to know of a character.</summary>
internal enum CharacterClass : byte
{
    /// <summary>Anything else: punctuation, symbols, marks, controls, unpaired surrogates.</summary>
    Other,

    /// <summary>Unicode's White_Space.</summary>
    Space,

    /// <summary>General category L.</summary>
    Letter,

    /// <summary>General category N.</summary>
    Number,
}
