using SaeSharp.Activations.Corpora;

namespace SaeSharp.Activations.Pipeline;

/// <summary>A place in a stream of vectors at which reading can begin again.</summary>
/// <param name="Epoch">How often the stream began again before.</param>
/// <param name="Piece">For text: where the piece begins whose tokens are being read.</param>
/// <param name="Index">For text: the next token of the piece; for given vectors: the next row.</param>
internal readonly record struct StreamPosition(long Epoch, CorpusPosition Piece, long Index)
{
    /// <summary>Numbers that <see cref="ToArray"/> gives.</summary>
    public const int Length = 5;

    public static StreamPosition FromArray(ReadOnlySpan<long> values) => new(values[0], new CorpusPosition(values[1], values[2], values[3] != 0), values[4]);

    public long[] ToArray() => [Epoch, Piece.Offset, Piece.Document, Piece.InsideLine ? 1 : 0, Index];
}
