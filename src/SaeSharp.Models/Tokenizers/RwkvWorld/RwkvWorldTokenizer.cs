using System.Buffers;
using System.Text;
using SaeSharp.Models.Tokenizers.AddedTokens;

namespace SaeSharp.Models.Tokenizers.RwkvWorld;

/// <summary>RWKV's World tokenizer: of the tokens that the text's bytes begin with, the longest; then the same with what is left.</summary>
/// <remarks>
/// Id 0, which the vocabulary leaves free, ends a text and is written <see cref="EndOfText"/>. Hugging Face's wrapper of some
/// models makes a special token of their <c>eos_token</c> (two line breaks, id 65530); the models never saw it, and neither does this.
/// </remarks>
internal sealed class RwkvWorldTokenizer : ITokenizer
{
    /// <summary>How the end-of-text token is written.</summary>
    public const string EndOfText = "<|rwkv_tokenizer_end_of_text|>";

    private const int EndOfTextId = 0;
    private const int PieceLength = 1 << 14;

    private readonly ByteTrie _trie;
    private readonly byte[]?[] _bytesOf;
    private readonly int _longest;
    private readonly AddedTokenMatcher _matcher = new(
        [new AddedToken(EndOfTextId, EndOfText, Special: true, Normalized: false, SingleWord: false, StripLeft: false, StripRight: false)]);

    /// <param name="bytesOf">The bytes of each id, without id 0; all single bytes are among them.</param>
    public RwkvWorldTokenizer(IReadOnlyDictionary<int, byte[]> bytesOf)
    {
        IdCount = bytesOf.Keys.Max() + 1;
        _bytesOf = new byte[IdCount][];
        foreach ((int id, byte[] bytes) in bytesOf) _bytesOf[id] = bytes;
        _bytesOf[EndOfTextId] = Encoding.UTF8.GetBytes(EndOfText);
        _longest = bytesOf.Values.Max(bytes => bytes.Length);
        _trie = new ByteTrie(bytesOf.Select(entry => (entry.Value, entry.Key)));
    }

    /// <inheritdoc/>
    public int IdCount { get; }

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        for (int position = 0; position < text.Length;)
        {
            AddedToken? token = _matcher.Find(text, position, out int start, out int end);
            EncodePieces(text[position..start], ids);
            if (token is not null) ids.Add(token.Id);
            position = end;
        }
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        int length = 0;
        foreach (int id in ids) length += Bytes(id).Length;
        byte[] bytes = new byte[length];
        int used = 0;
        foreach (int id in ids)
        {
            if (skipSpecial && IsSpecial(id)) continue;
            Bytes(id).CopyTo(bytes.AsSpan(used));
            used += Bytes(id).Length;
        }

        return Encoding.UTF8.GetString(bytes, 0, used);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_bytesOf.Length ? _bytesOf[id] : default;

    /// <inheritdoc/>
    public bool TryFindAddedToken(string text, out int id)
    {
        bool found = text == EndOfText;
        id = found ? EndOfTextId : -1;
        return found;
    }

    /// <inheritdoc/>
    public bool IsSpecial(int id) => id == EndOfTextId;

    /// <summary>Piece by piece: what is left of one, too short to be sure of its longest token, is the beginning of the next.</summary>
    private void EncodePieces(ReadOnlySpan<char> text, List<int> ids)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(_longest + Encoding.UTF8.GetMaxByteCount(PieceLength));
        int left = 0;
        while (!text.IsEmpty)
        {
            int taken = Math.Min(PieceLength, text.Length);
            if (taken < text.Length && char.IsHighSurrogate(text[taken - 1])) taken--;
            int count = left + Encoding.UTF8.GetBytes(text[..taken], buffer.AsSpan(left));
            text = text[taken..];

            ReadOnlySpan<byte> bytes = buffer.AsSpan(0, count);
            int least = text.IsEmpty ? 0 : _longest - 1;
            while (bytes.Length > least)
            {
                ids.Add(_trie.Longest(bytes, out int length));
                bytes = bytes[length..];
            }

            left = bytes.Length;
            bytes.CopyTo(buffer);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }
}
