namespace SaeSharp.Evaluation.Data;

/// <summary>Contexts of held-out text that go through the host model together.</summary>
public sealed class HeldOutBatch
{
    internal HeldOutBatch(int[] tokens, int sequences, int[] lengths, bool[] special)
    {
        (Tokens, Sequences, IsSpecial) = (tokens, sequences, special);
        Length = tokens.Length / sequences;
        Targets = new int[tokens.Length];
        IsPadding = new bool[tokens.Length];
        for (int row = 0; row < tokens.Length; row++)
        {
            int position = row % Length, length = lengths[row / Length];
            IsPadding[row] = position >= length;
            Targets[row] = position + 1 < length ? tokens[row + 1] : -1;
        }
    }

    /// <summary>Token ids, context by context, [contexts × length].</summary>
    public int[] Tokens { get; }

    /// <summary>Number of contexts.</summary>
    public int Sequences { get; }

    /// <summary>Tokens a context.</summary>
    public int Length { get; }

    /// <summary>The token that follows each position; −1 where none is known.</summary>
    public int[] Targets { get; }

    /// <summary>Positions behind the end of a short context.</summary>
    public bool[] IsPadding { get; }

    /// <summary>Positions of special tokens.</summary>
    public bool[] IsSpecial { get; }

    /// <summary>Rows whose vectors belong to the evaluation set, ascending; the others are neither measured nor replaced.</summary>
    public int[] Kept { get; internal set; } = [];
}
