using SaeSharp.Recipes;

namespace SaeSharp.Activations.Pipeline;

/// <summary>How much a source delivers.</summary>
/// <param name="Limit">Vectors after which it ends.</param>
/// <param name="Repeat">Whether the stream begins again when it ends.</param>
/// <param name="Batch">Vectors that are asked for at a time.</param>
/// <param name="Available">Vectors in the stream if that is known; a larger buffer would hold some of them twice.</param>
/// <param name="Seed">Seed of the run.</param>
internal readonly record struct VectorSourceOptions(long Limit, bool Repeat, int Batch, long Available, ulong Seed)
{
    /// <summary>Slots of the shuffle buffer: as asked for, but room for a batch, and no more than there are vectors.</summary>
    public int BufferRows(DataSpec data) => (int)Math.Max(Batch, Math.Min(data.ShuffleBuffer, Math.Min(Limit, Available)));
}
