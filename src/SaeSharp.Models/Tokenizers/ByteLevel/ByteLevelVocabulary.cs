using SaeSharp.Models.Tokenizers.AddedTokens;
using SaeSharp.Models.Tokenizers.Bpe;

namespace SaeSharp.Models.Tokenizers.ByteLevel;

/// <summary>A byte-level vocabulary, written in <see cref="ByteAlphabet"/>: every byte is a token, so nothing is unknown.</summary>
internal sealed class ByteLevelVocabulary : BpeVocabulary
{
    private readonly int[] _idOfByte = new int[256];

    /// <inheritdoc cref="BpeVocabulary(string, IReadOnlyDictionary{string, int}, IReadOnlyList{ValueTuple{string, string}}, IReadOnlyList{AddedToken})"/>
    /// <exception cref="InputException">A byte that UTF-8 uses has no token.</exception>
    public ByteLevelVocabulary(
        string file, IReadOnlyDictionary<string, int> idOf, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<AddedToken> addedTokens)
        : base(file, idOf, merges, addedTokens)
    {
        foreach ((string token, int id) in idOf) SetBytes(id, ByteAlphabet.Bytes(token));
        foreach (AddedToken token in addedTokens) SetBytes(token.Id, ByteAlphabet.Bytes(token.Text));
        for (int value = 0; value < 256; value++)
        {
            // Bytes that never occur in UTF-8 need no token: C0, C1 and F5 to FF.
            bool occurs = value is < 0xC0 or (> 0xC1 and < 0xF5);
            bool known = idOf.TryGetValue(ByteAlphabet.Character((byte)value).ToString(), out _idOfByte[value]);
            if (occurs && !known) throw new InputException($"{file} is not a byte-level vocabulary: it has no token for the byte {value:X2}.");
        }
    }

    /// <inheritdoc/>
    public override Span<int> Split(ReadOnlySpan<char> word, BpeWorkspace workspace)
    {
        ReadOnlySpan<byte> bytes = workspace.Utf8(word, out Span<int> tokens);
        for (int i = 0; i < bytes.Length; i++) tokens[i] = _idOfByte[bytes[i]];
        return tokens;
    }

    /// <inheritdoc/>
    public override string Text(IReadOnlyList<int> ids) => TextOfBytes(ids);
}
