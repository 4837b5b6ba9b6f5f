using SaeSharp.Models.Tokenizers.Normalization;

namespace SaeSharp.Models.Tokenizers.AddedTokens;

/// <summary>The added tokens of a tokenizer: those found in the raw text, those found in the normalised one, and which are special.</summary>
internal sealed class AddedTokenSet
{
    private readonly Dictionary<string, int> _idOf;
    private readonly HashSet<int> _special;

    public AddedTokenSet(IReadOnlyList<AddedToken> tokens, ITextNormalizer? normalizer)
    {
        _idOf = tokens.ToDictionary(token => token.Text, token => token.Id, StringComparer.Ordinal);
        _special = [.. tokens.Where(token => token.Special).Select(token => token.Id)];
        Raw = new AddedTokenMatcher(tokens.Where(token => !token.Normalized));
        Normalized = new AddedTokenMatcher(tokens
            .Where(token => token.Normalized)
            .Select(token => normalizer is null ? token : token with { Text = normalizer.Normalize(token.Text) })
            .Where(token => token.Text.Length > 0));
    }

    public AddedTokenMatcher Raw { get; }

    public AddedTokenMatcher Normalized { get; }

    public bool TryFind(string text, out int id)
    {
        if (_idOf.TryGetValue(text, out id)) return true;
        id = -1;
        return false;
    }

    public bool IsSpecial(int id) => _special.Contains(id);
}
