namespace SaeSharp.Models.Tokenizers.Normalization;

/// <summary>Writes one text for another, e.g. Gemma's <c>▁</c> for a space.</summary>
/// <param name="Pattern">What is replaced, literally; not empty.</param>
/// <param name="Content">What by.</param>
internal sealed record ReplaceNormalizer(string Pattern, string Content) : ITextNormalizer
{
    /// <inheritdoc/>
    public bool IsNormalized(ReadOnlySpan<char> text) => !text.Contains(Pattern, StringComparison.Ordinal);

    /// <inheritdoc/>
    public string Normalize(ReadOnlySpan<char> text)
    {
        if (Pattern.Length != 1 || Content.Length != 1) return Apply(text.ToString());
        return string.Create(text.Length, new Change(text, Pattern[0], Content[0]), static (result, change) => change.Text.Replace(result, change.Old, change.New));
    }

    /// <summary>The text after the replacement.</summary>
    public string Apply(string text) => text.Replace(Pattern, Content, StringComparison.Ordinal);

    private readonly ref struct Change(ReadOnlySpan<char> text, char old, char @new)
    {
        public ReadOnlySpan<char> Text { get; } = text;

        public char Old { get; } = old;

        public char New { get; } = @new;
    }
}
