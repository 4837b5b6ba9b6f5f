using System.Collections.Concurrent;
using SaeSharp.Models.Tokenizers.AddedTokens;
using SaeSharp.Models.Tokenizers.Normalization;
using SaeSharp.Models.Tokenizers.Words;

namespace SaeSharp.Models.Tokenizers.Bpe;

/// <summary>Byte-pair encoding: the tokenizer of GPT-2, GPT-NeoX, Mamba and Qwen (over bytes) and of Gemma (over characters, bytes for unknown ones).</summary>
/// <remarks>
/// In order: added tokens are cut out of the raw text, the rest is normalised, added tokens that ask for it are cut out of that,
/// a scanner cuts the rest into words, and each word's smallest tokens are merged.
/// </remarks>
internal sealed class BpeTokenizer : ITokenizer
{
    private readonly BpeVocabulary _vocabulary;
    private readonly AddedTokenSet _added;
    private readonly ITextNormalizer? _normalizer;
    private readonly IWordScanner _scanner;
    private readonly bool _addPrefixSpace;
    private readonly ConcurrentBag<BpeWorkspace> _workspaces = [];

    public BpeTokenizer(
        BpeVocabulary vocabulary, IReadOnlyList<AddedToken> addedTokens, ITextNormalizer? normalizer, IWordScanner scanner, bool addPrefixSpace)
    {
        _vocabulary = vocabulary;
        _added = new AddedTokenSet(addedTokens, normalizer);
        _normalizer = normalizer;
        _scanner = scanner;
        _addPrefixSpace = addPrefixSpace;
    }

    /// <inheritdoc/>
    public int IdCount => _vocabulary.IdCount;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        if (!_workspaces.TryTake(out BpeWorkspace? workspace)) workspace = new BpeWorkspace(_vocabulary.Merges);
        for (int position = 0; position < text.Length;)
        {
            AddedToken? token = _added.Raw.Find(text, position, out int start, out int end);
            EncodeRaw(text[position..start], ids, workspace);
            if (token is not null) ids.Add(token.Id);
            position = end;
        }

        _workspaces.Add(workspace);
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        List<int> kept = new(ids.Length);
        foreach (int id in ids)
        {
            if (!skipSpecial || !IsSpecial(id)) kept.Add(id);
        }

        return _vocabulary.Text(kept);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Bytes(int id) => _vocabulary.Bytes(id);

    /// <inheritdoc/>
    public bool TryFindAddedToken(string text, out int id) => _added.TryFind(text, out id);

    /// <inheritdoc/>
    public bool IsSpecial(int id) => _added.IsSpecial(id);

    private void EncodeRaw(ReadOnlySpan<char> text, List<int> ids, BpeWorkspace workspace)
    {
        if (text.IsEmpty) return;
        if (_normalizer is not null && !_normalizer.IsNormalized(text)) text = _normalizer.Normalize(text);
        for (int position = 0; position < text.Length;)
        {
            AddedToken? token = _added.Normalized.Find(text, position, out int start, out int end);
            EncodeWords(text[position..start], ids, workspace);
            if (token is not null) ids.Add(token.Id);
            position = end;
        }
    }

    private void EncodeWords(ReadOnlySpan<char> text, List<int> ids, BpeWorkspace workspace)
    {
        if (text.IsEmpty) return;
        if (_addPrefixSpace && text[0] != ' ') text = string.Concat(" ", text);
        workspace.Ends.Clear();
        _scanner.Cut(text, workspace.Ends);
        int start = 0;
        foreach (int end in workspace.Ends)
        {
            EncodeWord(text[start..end], ids, workspace);
            start = end;
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> ids, BpeWorkspace workspace)
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
}
