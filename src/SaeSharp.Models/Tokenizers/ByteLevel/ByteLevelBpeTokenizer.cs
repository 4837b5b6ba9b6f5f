using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using SaeSharp.Models.Tokenizers.Normalization;

namespace SaeSharp.Models.Tokenizers.ByteLevel;

/// <summary>Byte-level byte-pair encoding: the tokenizer of GPT-2, GPT-NeoX, Mamba and Qwen.</summary>
/// <remarks>
/// In order: added tokens are cut out of the raw text, the rest is normalised, added tokens that ask for it are cut out of that,
/// a scanner cuts the rest into words, and each word's UTF-8 bytes are merged.
/// </remarks>
internal sealed class ByteLevelBpeTokenizer : ITokenizer
{
    private readonly ByteLevelVocabulary _vocabulary;
    private readonly Dictionary<string, AddedToken> _addedByText;
    private readonly HashSet<int> _special;
    private readonly AddedTokenMatcher _rawMatcher;
    private readonly AddedTokenMatcher _normalizedMatcher;
    private readonly ITextNormalizer? _normalizer;
    private readonly IWordScanner _scanner;
    private readonly bool _addPrefixSpace;
    private readonly ConcurrentBag<Workspace> _workspaces = [];

    public ByteLevelBpeTokenizer(
        ByteLevelVocabulary vocabulary, IReadOnlyList<AddedToken> addedTokens, ITextNormalizer? normalizer, IWordScanner scanner, bool addPrefixSpace)
    {
        _vocabulary = vocabulary;
        _addedByText = addedTokens.ToDictionary(token => token.Text, StringComparer.Ordinal);
        _special = [.. addedTokens.Where(token => token.Special).Select(token => token.Id)];
        _rawMatcher = new AddedTokenMatcher(addedTokens.Where(token => !token.Normalized));
        _normalizedMatcher = new AddedTokenMatcher(addedTokens
            .Where(token => token.Normalized)
            .Select(token => normalizer is null ? token : token with { Text = normalizer.Normalize(token.Text) }));
        _normalizer = normalizer;
        _scanner = scanner;
        _addPrefixSpace = addPrefixSpace;
    }

    /// <inheritdoc/>
    public int IdCount => _vocabulary.IdCount;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        if (!_workspaces.TryTake(out Workspace? workspace)) workspace = new Workspace(_vocabulary.Merges);
        for (int position = 0; position < text.Length;)
        {
            AddedToken? token = _rawMatcher.Find(text, position, out int start, out int end);
            EncodeRaw(text[position..start], ids, workspace);
            if (token is not null) ids.Add(token.Id);
            position = end;
        }

        _workspaces.Add(workspace);
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
    public ReadOnlySpan<byte> Bytes(int id) => _vocabulary.Bytes(id);

    /// <inheritdoc/>
    public bool TryFindAddedToken(string text, out int id)
    {
        bool found = _addedByText.TryGetValue(text, out AddedToken? token);
        id = found ? token!.Id : -1;
        return found;
    }

    /// <inheritdoc/>
    public bool IsSpecial(int id) => _special.Contains(id);

    private void EncodeRaw(ReadOnlySpan<char> text, List<int> ids, Workspace workspace)
    {
        if (_normalizer is not null && !_normalizer.IsNormalized(text)) text = _normalizer.Normalize(text);
        for (int position = 0; position < text.Length;)
        {
            AddedToken? token = _normalizedMatcher.Find(text, position, out int start, out int end);
            EncodeWords(text[position..start], ids, workspace);
            if (token is not null) ids.Add(token.Id);
            position = end;
        }
    }

    private void EncodeWords(ReadOnlySpan<char> text, List<int> ids, Workspace workspace)
    {
        if (text.IsEmpty) return;
        if (_addPrefixSpace && text[0] != ' ') text = string.Concat(" ", text);
        for (int start = 0; start < text.Length;)
        {
            int end = _scanner.EndOfWord(text, start);
            EncodeWord(text[start..end], ids, workspace);
            start = end;
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> ids, Workspace workspace)
    {
        bool cached = word.Length <= WordCache.LongestWord;
        if (cached && workspace.Cache.TryGet(word, out ReadOnlySpan<int> known))
        {
            ids.AddRange(known);
            return;
        }

        Span<int> tokens = _vocabulary.Split(word, workspace);
        tokens = tokens[..workspace.Merger.Merge(tokens)];
        if (cached) workspace.Cache.Add(word, tokens);
        ids.AddRange(tokens);
    }

    /// <summary>What one thread needs while it encodes.</summary>
    internal sealed class Workspace(MergeTable merges)
    {
        private byte[] _bytes = new byte[256];
        private int[] _tokens = new int[256];

        public WordCache Cache { get; } = new();

        public BytePairMerger Merger { get; } = new(merges);

        /// <summary>The UTF-8 bytes of a word, and as many tokens to fill.</summary>
        public ReadOnlySpan<byte> Utf8(ReadOnlySpan<char> word, out Span<int> tokens)
        {
            int most = Encoding.UTF8.GetMaxByteCount(word.Length);
            if (_bytes.Length < most)
            {
                _bytes = new byte[most];
                _tokens = new int[most];
            }

            int count = Encoding.UTF8.GetBytes(word, _bytes);
            tokens = _tokens.AsSpan(0, count);
            return _bytes.AsSpan(0, count);
        }
    }
}
