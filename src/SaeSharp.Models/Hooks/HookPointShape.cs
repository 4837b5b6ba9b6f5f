namespace SaeSharp.Models.Hooks;

/// <summary>A hook point of a model and the shape of its values.</summary>
/// <param name="Point">The point.</param>
/// <param name="TokenShape">Dimensions of one token's value: [width], or [heads, head width]; for <see cref="HookSite.AttentionPattern"/> only [heads].</param>
public sealed record HookPointShape(HookPoint Point, IReadOnlyList<int> TokenShape)
{
    /// <summary>Whether the values are attention probabilities, [heads, T, T] a sequence, which can be captured but not edited.</summary>
    public bool IsPattern => Point.Site == HookSite.AttentionPattern;

    /// <summary>Rows of the matrix that holds a batch: one a token, or one a head and token.</summary>
    public int Rows(int sequences, int length) => checked(sequences * length * (IsPattern ? TokenShape[0] : 1));

    /// <summary>Columns of the matrix that holds a batch in which a token can look at <paramref name="totalTokens"/> tokens.</summary>
    public int Columns(int totalTokens)
    {
        if (IsPattern) return totalTokens;
        int width = 1;
        for (int i = 0; i < TokenShape.Count; i++) width = checked(width * TokenShape[i]);
        return width;
    }

    /// <summary>The shape of one sequence of T tokens.</summary>
    public long[] SequenceShape(int length) => IsPattern ? [TokenShape[0], length, length] : [length, .. TokenShape.Select(size => (long)size)];

    /// <inheritdoc/>
    public override string ToString() => IsPattern ? $"{Point} [{TokenShape[0]}, T, T]" : $"{Point} [T, {string.Join(", ", TokenShape)}]";
}
