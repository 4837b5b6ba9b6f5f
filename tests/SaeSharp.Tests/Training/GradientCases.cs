using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Training;

/// <summary>Every sparsifier × decoder × loss term, by name, at odd shapes.</summary>
internal static class GradientCases
{
    /// <summary>Latents that are silent before the batch: their biases are low, so that few of them fire in it.</summary>
    public static bool IsSilent(int latent) => latent % 5 == 2;

    public static IEnumerable<DictionarySpec> All(int latents)
    {
        foreach ((string decoderName, DecoderSpec decoder) in Decoders())
        {
            foreach ((string name, SparsifierSpec sparsifier) in Sparsifiers())
            {
                var spec = new DictionarySpec { Name = $"{name} {decoderName}", Latents = latents, Sparsifier = sparsifier, Decoder = decoder };
                bool selects = sparsifier.Kind is SparsifierKind.TopK or SparsifierKind.BatchTopK;
                if (!selects)
                {
                    yield return spec with { AuxK = Dead(AuxKRule.Published) };
                    continue;
                }

                yield return spec with { Name = $"{spec.Name} no aux_k", AuxK = Dead(AuxKRule.Off) };
                yield return spec with { Name = $"{spec.Name} published aux_k", AuxK = Dead(AuxKRule.Published) };
                yield return spec with { Name = $"{spec.Name} published aux_k, fewer dead than k", AuxK = Dead(AuxKRule.Published) with { K = 9, Coefficient = 0.7 } };
                yield return spec with { Name = $"{spec.Name} sound aux_k", AuxK = Dead(AuxKRule.Sound) };
                yield return spec with
                {
                    Name = $"{spec.Name} matryoshka",
                    AuxK = Dead(AuxKRule.Published),
                    Matryoshka = new MatryoshkaSpec { Widths = [5, 14], Weights = [0.5, 1.5, 0.8] },
                };
                if (decoder.Kind == DecoderKind.Polynomial)
                {
                    yield return spec with
                    {
                        Name = $"{spec.Name} matryoshka with linear inner levels",
                        AuxK = Dead(AuxKRule.Sound),
                        Matryoshka = new MatryoshkaSpec { Widths = [5, 14, latents], Inner = MatryoshkaInner.Linear },
                    };
                }
            }
        }

        foreach (DictionarySpec gated in Gated(latents)) yield return gated;
    }

    /// <summary>Weights of usual sizes; biases that keep some latents nearly silent; thresholds inside the range of scores.</summary>
    public static void Fill(SparseDictionary dictionary, ulong seed)
    {
        uint stream = 0;
        foreach (Parameter parameter in dictionary.Parameters)
        {
            Span<float> values = parameter.Value.AsSpan();
            var random = new PhiloxStream(seed, stream++);
            random.FillNormal(values);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = parameter.Name switch
                {
                    "b_enc" or "b_gate" => (0.1f * values[i]) - (IsSilent(i) ? 1f : 0f),
                    "threshold" => 0.5f + (0.1f * values[i]),
                    "log_threshold" => -0.7f + (0.1f * values[i]),
                    "b_dec" or "b_mag" or "r_mag" => 0.1f * values[i],
                    "lambda2" => -0.5f,
                    "lambda3" => 0.4f,
                    _ => 0.3f * values[i],
                };
            }
        }
    }

    private static AuxKSpec Dead(AuxKRule rule) => new() { Rule = rule, DeadAfterSteps = 500, DeadAfterTokens = 500_000 };

    private static IEnumerable<(string Name, DecoderSpec Decoder)> Decoders()
    {
        DecoderSpec Polynomial(int order, params int[] ranks) => new() { Kind = DecoderKind.Polynomial, Order = order, Ranks = ranks };
        yield return ("linear", new DecoderSpec());
        yield return ("order 1, R1 < D", Polynomial(1, 5));
        yield return ("order 2, R1 = D", Polynomial(2, 7, 4));
        yield return ("order 3, R1 < D", Polynomial(3, 5, 4, 2));
        yield return ("order 3, R1 = D", Polynomial(3, 7, 4, 3));
        yield return ("separate, order 2", Polynomial(2, 5, 4) with { SharedProjection = false });
        yield return ("separate, order 3", Polynomial(3, 5, 4, 3) with { SharedProjection = false });
    }

    private static IEnumerable<(string Name, SparsifierSpec Sparsifier)> Sparsifiers()
    {
        yield return ("topk", new SparsifierSpec { Kind = SparsifierKind.TopK, K = 4 });
        yield return ("batchtopk", new SparsifierSpec { Kind = SparsifierKind.BatchTopK, K = 3.7 });
        yield return ("batchtopk by norm", new SparsifierSpec { Kind = SparsifierKind.BatchTopK, K = 4, RescaleByDecoderNorm = true });
        yield return ("relu", new SparsifierSpec { Kind = SparsifierKind.Relu, L1Coefficient = 0.3, L1ByDecoderNorm = false });
        yield return ("relu by norm", new SparsifierSpec { Kind = SparsifierKind.Relu, L1Coefficient = 0.3 });
        var jump = new SparsifierSpec { Kind = SparsifierKind.JumpRelu, Bandwidth = 0.4, L0Coefficient = 0.2, TargetL0 = 3 };
        yield return ("jumprelu step", jump);
        yield return ("jumprelu step, log threshold", jump with { ThresholdParameter = ThresholdParameter.Log });
        yield return ("jumprelu tanh", jump with { L0Penalty = L0Penalty.Tanh, TanhScale = 2 });
        yield return ("jumprelu target", jump with { L0Penalty = L0Penalty.Target });
        yield return ("jumprelu target, wide kernel", jump with { L0Penalty = L0Penalty.Target, Bandwidth = 1.1 });
        yield return ("jumprelu step, pre-activation loss", jump with { PreActivationCoefficient = 0.1 });
        yield return ("jumprelu tanh, pre-activation loss, log threshold",
            jump with { L0Penalty = L0Penalty.Tanh, PreActivationCoefficient = 0.1, ThresholdParameter = ThresholdParameter.Log });
    }

    private static IEnumerable<DictionarySpec> Gated(int latents)
    {
        foreach (bool trains in new[] { true, false })
        {
            foreach (bool norms in new[] { true, false })
            {
                yield return new DictionarySpec
                {
                    Name = $"gated, gate {(trains ? "trains" : "spares")} the decoder, L1 {(norms ? "by norm" : "plain")}",
                    Latents = latents,
                    Encoder = new EncoderSpec { Kind = EncoderKind.Gated, GateTrainsDecoder = trains },
                    Sparsifier = new SparsifierSpec { Kind = SparsifierKind.Relu, L1Coefficient = 0.3, L1ByDecoderNorm = norms },
                    AuxK = Dead(AuxKRule.Published),
                };
            }
        }

        yield return new DictionarySpec
        {
            Name = "gated, b_dec not subtracted",
            Latents = latents,
            Encoder = new EncoderSpec { Kind = EncoderKind.Gated, SubtractDecoderBias = false },
            AuxK = Dead(AuxKRule.Published),
        };
        yield return new DictionarySpec
        {
            Name = "topk, b_dec not subtracted",
            Latents = latents,
            Encoder = new EncoderSpec { SubtractDecoderBias = false },
            Sparsifier = new SparsifierSpec { K = 4 },
            AuxK = Dead(AuxKRule.Published),
        };
    }
}
