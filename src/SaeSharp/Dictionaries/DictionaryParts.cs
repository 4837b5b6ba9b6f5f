using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Dictionaries.Encoders;
using SaeSharp.Dictionaries.Sparsifiers;
using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries;

/// <summary>The pieces of a dictionary, made from its description: the one place where kinds are looked up.</summary>
internal sealed record DictionaryParts(Encoder Encoder, Sparsifier Sparsifier, DecoderTower Decoder, DecoderTower? InnerDecoder, Parameter DecoderBias)
{
    public static DictionaryParts Build(DictionarySpec spec, int width, Device device)
    {
        Parameter New(string name, int rows, int columns) => new(device, name, rows, columns);
        int latents = spec.Latents;
        Parameter weights = New("W_enc", latents, width);
        Encoder encoder = spec.Encoder.Kind switch
        {
            EncoderKind.Gated => new GatedEncoder(weights, New("b_gate", 1, latents), New("r_mag", 1, latents), New("b_mag", 1, latents)),
            _ => new LinearEncoder(weights, New("b_enc", 1, latents)),
        };
        SparsifierSpec sparsifierSpec = spec.Sparsifier;
        string thresholdName = sparsifierSpec.ThresholdParameter == ThresholdParameter.Log ? "log_threshold" : "threshold";
        Sparsifier sparsifier = (spec.Encoder.Kind, sparsifierSpec.Kind) switch
        {
            (EncoderKind.Gated, _) or (_, SparsifierKind.Relu) => new ReluSparsifier(device),
            (_, SparsifierKind.TopK) => new TopKSparsifier((int)sparsifierSpec.K),
            (_, SparsifierKind.BatchTopK) => new BatchTopKSparsifier(device, sparsifierSpec, width),
            _ => new JumpReluSparsifier(device, sparsifierSpec, New(thresholdName, 1, latents)),
        };

        bool linearInner = spec.Decoder.Kind == DecoderKind.Polynomial && spec.Matryoshka.Inner == MatryoshkaInner.Linear
            && spec.Matryoshka.Widths.Any(end => end < latents);
        return new DictionaryParts(
            encoder, sparsifier, BuildDecoder(spec.Decoder, latents, width, device),
            linearInner ? Linear(New("W_dec", latents, width)) : null, New("b_dec", 1, width));
    }

    private static DecoderTower Linear(Parameter table) => new(table, new IdentityHead(table));

    private static DecoderTower BuildDecoder(DecoderSpec spec, int latents, int width, Device device)
    {
        if (spec.Kind == DecoderKind.Linear) return Linear(new Parameter(device, "W_dec", latents, width));
        IReadOnlyList<int> ranks = DecoderRanks.Resolve(spec, width);
        Parameter[] maps = [.. ranks.Select((rank, i) => new Parameter(device, $"C{i + 1}", width, rank))];
        Parameter[] lambdas = [.. ranks.Skip(1).Select((_, i) => new Parameter(device, $"lambda{i + 2}", 1, 1))];
        DecoderHead head = spec.SharedProjection ? new PolynomialHead(device, maps, lambdas) : new SeparatePolynomialHead(device, maps, lambdas);
        return new DecoderTower(new Parameter(device, "U", latents, head.InnerWidth), head);
    }
}
