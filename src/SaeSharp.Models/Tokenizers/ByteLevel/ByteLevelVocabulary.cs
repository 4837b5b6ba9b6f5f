namespace SaeSharp.Models.Tokenizers.ByteLevel;

/// <summary>The tokens of a byte-level vocabulary: bytes of every id, ids of single bytes, merges.</summary>
internal sealed class ByteLevelVocabulary
{
    private readonly byte[]?[] _bytesOf;
    private readonly int[] _idOfByte = new int[256];

    /// <summary>Builds the tables.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="idOf">Ids by written form (<see cref="ByteAlphabet"/>).</param>
    /// <param name="merges">Pairs of written forms, the earliest merge first.</param>
    /// <param name="addedTokens">Tokens outside the vocabulary, and those in it that are looked for in the text.</param>
    /// <exception cref="InputException">A merge names tokens that are not there, or a byte that UTF-8 uses has no token.</exception>
    public ByteLevelVocabulary(
        string file, IReadOnlyDictionary<string, int> idOf, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<AddedToken> addedTokens)
    {
        IdCount = 1 + idOf.Values.Concat(addedTokens.Select(token => token.Id)).DefaultIfEmpty(-1).Max();
        _bytesOf = new byte[IdCount][];
        foreach ((string token, int id) in idOf) _bytesOf[id] = ByteAlphabet.Bytes(token);
        foreach (AddedToken token in addedTokens) _bytesOf[token.Id] = ByteAlphabet.Bytes(token.Text);
        for (int value = 0; value < 256; value++)
        {
            // Bytes that never occur in UTF-8 need no token: C0, C1 and F5 to FF.
            bool occurs = value is < 0xC0 or (> 0xC1 and < 0xF5);
            bool known = idOf.TryGetValue(ByteAlphabet.Character((byte)value).ToString(), out _idOfByte[value]);
            if (occurs && !known) throw new InputException($"{file} is not a byte-level vocabulary: it has no token for the byte {value:X2}.");
        }

        Merges = new MergeTable([.. merges.Select(merge => (Id(merge, merge.Left), Id(merge, merge.Right), Id(merge, merge.Left + merge.Right)))]);

        int Id((string Left, string Right) merge, string token) => idOf.TryGetValue(token, out int id)
            ? id
            : throw new InputException($"{file} merges '{merge.Left}' and '{merge.Right}', but '{token}' is not in its vocabulary.");
    }

    /// <summary>One more than the highest id.</summary>
    public int IdCount { get; }

    /// <summary>Which pairs merge.</summary>
    public MergeTable Merges { get; }

    /// <summary>The bytes of a token; none for an id without a token.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_bytesOf.Length ? _bytesOf[id] : default;

    /// <summary>A word as one token a byte, in the workspace's memory.</summary>
    public Span<int> Split(ReadOnlySpan<char> word, ByteLevelBpeTokenizer.Workspace workspace)
    {
        ReadOnlySpan<byte> bytes = workspace.Utf8(word, out Span<int> tokens);
        for (int i = 0; i < bytes.Length; i++) tokens[i] = _idOfByte[bytes[i]];
        return tokens;
    }
}
