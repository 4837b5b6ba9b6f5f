using SaeSharp.Dictionaries;

namespace SaeSharp.Planning;

/// <summary>How many numbers a dictionary trains.</summary>
/// <remarks>Section 1.8 of the PolySAE spec: a polynomial decoder has F·R1 + D·(R1+R2+R3) + D numbers and one λ an order above the first.</remarks>
public static class ParameterCount
{
    /// <summary>All trained numbers.</summary>
    /// <param name="spec">The dictionary.</param>
    /// <param name="width">Width D of the activations.</param>
    public static long Of(DictionarySpec spec, int width) => OfEncoder(spec, width) + OfDecoder(spec, width);

    /// <summary>Those of encoder and sparsifier.</summary>
    public static long OfEncoder(DictionarySpec spec, int width)
    {
        long latents = spec.Latents;
        if (spec.Encoder.Kind == EncoderKind.Gated) return (latents * width) + (3 * latents);
        return (latents * width) + latents + (spec.Sparsifier.Kind == SparsifierKind.JumpRelu ? latents : 0);
    }

    /// <summary>Those of the decoder, its bias too.</summary>
    public static long OfDecoder(DictionarySpec spec, int width)
    {
        long latents = spec.Latents;
        if (spec.Decoder.Kind == DecoderKind.Linear) return (latents * width) + width;
        IReadOnlyList<int> ranks = DecoderRanks.Resolve(spec.Decoder, width);
        long sum = ranks.Sum(rank => (long)rank);
        long projections = latents * (spec.Decoder.SharedProjection ? ranks[0] : sum);
        bool innerTable = StepCost.Levels(spec) > 1 && spec.Matryoshka.Inner == MatryoshkaInner.Linear;
        return projections + (width * sum) + width + (ranks.Count - 1) + (innerTable ? latents * width : 0);
    }
}
