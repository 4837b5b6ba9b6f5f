namespace SaeSharp.Models.Forward;

/// <summary>Token ids of sequences of one length.</summary>
public readonly ref struct TokenBatch
{
    /// <summary>Describes ids that somebody else owns.</summary>
    /// <param name="ids">Sequence after sequence; row b · length + t is token t of sequence b.</param>
    /// <param name="sequences">How many sequences they are; divides the number of ids.</param>
    public TokenBatch(ReadOnlySpan<int> ids, int sequences = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequences);
        if (ids.IsEmpty || ids.Length % sequences != 0) throw new ArgumentException($"{ids.Length} ids are not {sequences} sequences of one length.", nameof(ids));
        Ids = ids;
        Sequences = sequences;
    }

    /// <summary>All ids, sequence after sequence.</summary>
    public ReadOnlySpan<int> Ids { get; }

    /// <summary>Number of sequences, B.</summary>
    public int Sequences { get; }

    /// <summary>Tokens a sequence, T.</summary>
    public int Length => Ids.Length / Sequences;

    /// <summary>The ids of one sequence.</summary>
    public ReadOnlySpan<int> Sequence(int index) => Ids.Slice(index * Length, Length);
}
