using System.Text;
using SaeSharp.Models.Tokenizers.AddedTokens;

namespace SaeSharp.Models.Tokenizers.Bpe;

/// <summary>The tokens of a byte-pair encoder: the bytes of every id, which pairs merge, and how a word begins before any merge.</summary>
internal abstract class BpeVocabulary
{
    private readonly byte[]?[] _bytesOf;

    /// <summary>Builds the tables.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="idOf">Ids by written form.</param>
    /// <param name="merges">Pairs of written forms, the earliest merge first.</param>
    /// <param name="addedTokens">Tokens outside the vocabulary, and those in it that are looked for in the text.</param>
    /// <exception cref="InputException">A merge names tokens that are not there.</exception>
    protected BpeVocabulary(
        string file, IReadOnlyDictionary<string, int> idOf, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<AddedToken> addedTokens)
    {
        IdCount = 1 + idOf.Values.Concat(addedTokens.Select(token => token.Id)).DefaultIfEmpty(-1).Max();
        _bytesOf = new byte[IdCount][];
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

    /// <summary>A word as its smallest tokens, in the workspace's memory.</summary>
    public abstract Span<int> Split(ReadOnlySpan<char> word, BpeWorkspace workspace);

    /// <summary>The text of tokens.</summary>
    public abstract string Text(IReadOnlyList<int> ids);

    /// <summary>Says what a token stands for; while building.</summary>
    protected void SetBytes(int id, byte[] bytes) => _bytesOf[id] = bytes;

    /// <summary>The bytes of tokens one after the other, read as UTF-8; what is no UTF-8 becomes U+FFFD.</summary>
    protected string TextOfBytes(IReadOnlyList<int> ids)
    {
        int length = 0;
        foreach (int id in ids) length += Bytes(id).Length;
        byte[] bytes = new byte[length];
        int used = 0;
        foreach (int id in ids)
        {
            Bytes(id).CopyTo(bytes.AsSpan(used));
            used += Bytes(id).Length;
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
