namespace SaeSharp.Models.Tokenizers;

/// <summary>Turns text into token ids and back.</summary>
/// <remarks>Immutable and safe for concurrent use. Nothing is added: no beginning-of-text token, no end-of-text token.</remarks>
public interface ITokenizer
{
    /// <summary>One more than the highest id.</summary>
    int IdCount { get; }

    /// <summary>Appends the tokens of a text. The text of an added token, e.g. <c>&lt;|endoftext|&gt;</c>, becomes that token.</summary>
    /// <param name="text">Any text; an unpaired surrogate counts as U+FFFD.</param>
    /// <param name="ids">Where to.</param>
    void Encode(ReadOnlySpan<char> text, List<int> ids);

    /// <summary>The text of tokens; bytes that are not UTF-8 (a character cut in two) become U+FFFD, ids without a token nothing.</summary>
    /// <param name="ids">The tokens.</param>
    /// <param name="skipSpecial">Leaves out special tokens.</param>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false);

    /// <summary>The UTF-8 bytes that a token stands for, which need not be whole characters; empty for an id without a token.</summary>
    ReadOnlySpan<byte> Bytes(int id);

    /// <summary>The id of an added token by its text, e.g. <c>&lt;|endoftext|&gt;</c>.</summary>
    bool TryFindAddedToken(string text, out int id);

    /// <summary>Whether a token is special: one that marks something rather than being text.</summary>
    bool IsSpecial(int id);
}
