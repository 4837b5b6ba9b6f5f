using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>Makes the dictionary that a recipe describes: from random numbers, or from the weights that <c>init</c> names.</summary>
public static class DictionaryStart
{
    /// <summary>Makes a dictionary ready to be trained.</summary>
    /// <param name="spec">What it is; its own keys win over those of the dictionary that it starts from.</param>
    /// <param name="width">Width D of the vectors.</param>
    /// <param name="device">Where its numbers live.</param>
    /// <param name="seed">Seed of the random start.</param>
    /// <param name="inputScale">Factor that training vectors are multiplied with; given weights are fitted to it, so that they do the same as before.</param>
    /// <exception cref="InputException">The description makes no sense, or the weights do not fit it.</exception>
    public static SparseDictionary Create(DictionarySpec spec, int width, Device device, ulong seed, double inputScale = 1)
    {
        if (spec.Init is null) return SparseDictionary.Create(spec, width, device, seed);
        spec.Validate(width);
        SparseDictionary dictionary = DictionaryFiles.LoadAs(spec.Init, spec with { Init = null }, device);
        if (dictionary.Width != width)
        {
            dictionary.Dispose();
            throw new InputException($"{spec.Init} has width {dictionary.Width}; the vectors to train on have {width}.");
        }

        dictionary.FoldInputScale(1 / inputScale);
        return dictionary;
    }
}
