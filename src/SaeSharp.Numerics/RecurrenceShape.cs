namespace SaeSharp.Numerics;

/// <summary>The sizes of the recurrences of <see cref="Device"/>.</summary>
/// <param name="Sequences">How many sequences.</param>
/// <param name="Length">Rows a sequence in the matrices of tokens; row b · length + t is token t of sequence b.</param>
/// <param name="Start">First token to run.</param>
/// <param name="Count">How many tokens to run.</param>
/// <param name="Heads">How many states a sequence has.</param>
public readonly record struct RecurrenceShape(int Sequences, int Length, int Start, int Count, int Heads)
{
    /// <summary>Heads of queries and keys, each shared by as many neighbouring heads; 0 for as many as <see cref="Heads"/>.</summary>
    public int KeyHeads { get; init; }

    /// <summary>Most tokens that the chunked form takes at once; 1 for token by token.</summary>
    public int ChunkLength { get; init; } = DefaultChunkLength;

    /// <summary>The longest chunk: what is kept of one grows with the square.</summary>
    public const int LongestChunk = 512;

    /// <summary>What the chunked form takes unless told otherwise.</summary>
    public const int DefaultChunkLength = 64;

    /// <summary>Heads of queries and keys.</summary>
    internal int KeyHeadsOrAll => KeyHeads == 0 ? Heads : KeyHeads;
}
