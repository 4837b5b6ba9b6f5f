using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>A control: a polynomial dictionary of the same shape that has learned nothing.</summary>
public static class RandomTwin
{
    /// <summary>The same description with random weights.</summary>
    /// <param name="dictionary">The trained dictionary.</param>
    /// <param name="device">Where its numbers live.</param>
    /// <param name="seed">Seed of the random weights.</param>
    /// <remarks>Starts as the published code does, because the twin start has C2 = C3 = 0, and strengths that are all zero correlate with nothing.</remarks>
    public static SparseDictionary Of(SparseDictionary dictionary, Device device, ulong seed) => SparseDictionary.Create(
        dictionary.Spec with { Init = null, Decoder = dictionary.Spec.Decoder with { Start = DecoderStart.Published } }, dictionary.Width, device, seed);
}
