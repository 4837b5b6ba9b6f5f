using System.Text.Json;
using System.Text.Json.Nodes;
using SaeSharp.Dictionaries;

namespace SaeSharp.Formats;

/// <summary>Writes <c>cfg.json</c> with the keys that each layout's own loader expects, and what they have no words for under <c>metadata.saesharp</c>.</summary>
internal static class ConfigWriter
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    public static string Write(DictionarySpec spec, int width, double threshold, DictionaryLayout layout, Provenance provenance)
    {
        string architecture = Architectures.Of(spec, layout);
        SaeSharpRecord record = new() { Version = ThisVersion, Spec = spec with { Init = null }, Threshold = threshold };
        JsonObject config = new()
        {
            ["d_in"] = width,
            ["d_sae"] = spec.Latents,
            ["dtype"] = "float32",
            ["device"] = "cpu",
            ["apply_b_dec_to_input"] = spec.Encoder.SubtractDecoderBias,
            ["normalize_activations"] = "none",
            ["reshape_activations"] = "none",
            ["metadata"] = ProvenanceJson.Write(provenance, record),
        };
        if (layout == DictionaryLayout.SaeSharp && spec.Decoder.Kind == DecoderKind.Polynomial) AddOwn(config, spec, width);
        else AddTheirs(config, spec, width, layout);
        config["architecture"] = architecture;
        return config.ToJsonString(Options) + "\n";
    }

    internal static string ThisVersion { get; } = typeof(ConfigWriter).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>For human readers; the record is what is read.</summary>
    private static void AddOwn(JsonObject config, DictionarySpec spec, int width)
    {
        if (spec.Sparsifier.Kind is SparsifierKind.TopK or SparsifierKind.BatchTopK) config["k"] = spec.Sparsifier.K;
        config["order"] = spec.Decoder.Order;
        config["ranks"] = Numbers(DecoderRanks.Resolve(spec.Decoder, width));
        config["shared_projection"] = spec.Decoder.SharedProjection;
        if (spec.Matryoshka.Widths.Count > 0) config["matryoshka_widths"] = Numbers(spec.Matryoshka.Widths);
    }

    private static void AddTheirs(JsonObject config, DictionarySpec spec, int width, DictionaryLayout layout)
    {
        bool training = layout.IsTraining();
        SparsifierSpec sparsifier = spec.Sparsifier;
        if (training) config["decoder_init_norm"] = spec.Decoder.InitialNorm;
        if (spec.Encoder.Kind == EncoderKind.Gated || sparsifier.Kind == SparsifierKind.Relu)
        {
            if (training) AddL1(config, spec);
        }
        else if (sparsifier.Kind == SparsifierKind.TopK || (training && sparsifier.Kind == SparsifierKind.BatchTopK))
        {
            AddTopK(config, spec, training);
        }
        else if (training)
        {
            AddJumpRelu(config, spec);
        }

        if (layout.IsFork()) AddPolynomial(config, spec.Decoder, width);
    }

    private static void AddL1(JsonObject config, DictionarySpec spec)
    {
        config["l1_coefficient"] = spec.Sparsifier.L1Coefficient;
        if (spec.Encoder.Kind != EncoderKind.Gated) config["lp_norm"] = 1.0;
        config["l1_warm_up_steps"] = spec.Sparsifier.WarmUpSteps;
    }

    private static void AddTopK(JsonObject config, DictionarySpec spec, bool training)
    {
        config["k"] = spec.Sparsifier.K;
        if (training)
        {
            config["use_sparse_activations"] = false;
            config["aux_loss_coefficient"] = spec.AuxK.Rule == AuxKRule.Off ? 0.0 : spec.AuxK.Coefficient ?? 1.0;
        }

        config["rescale_acts_by_decoder_norm"] = spec.Sparsifier.RescaleByDecoderNorm;
        if (!training || spec.Sparsifier.Kind != SparsifierKind.BatchTopK) return;
        config["topk_threshold_lr"] = spec.Sparsifier.ThresholdRate;
        if (spec.Matryoshka.Widths.Count > 0) config["matryoshka_widths"] = Numbers(spec.Matryoshka.Widths);
    }

    private static void AddJumpRelu(JsonObject config, DictionarySpec spec)
    {
        SparsifierSpec sparsifier = spec.Sparsifier;
        config["jumprelu_init_threshold"] = sparsifier.InitialThreshold;
        config["jumprelu_bandwidth"] = sparsifier.Bandwidth;
        config["jumprelu_sparsity_loss_mode"] = sparsifier.L0Penalty switch
        {
            L0Penalty.Step => "step",
            L0Penalty.Tanh => "tanh",
            _ => throw new InputException($"dictionary '{spec.Name}' is trained with the penalty '{sparsifier.L0Penalty}', which SAELens' training layout has no word for; use the layout saelens or saesharp."),
        };
        config["l0_coefficient"] = sparsifier.L0Coefficient;
        config["l0_warm_up_steps"] = sparsifier.WarmUpSteps;
        config["pre_act_loss_coefficient"] = sparsifier.PreActivationCoefficient > 0 ? sparsifier.PreActivationCoefficient : null;
        config["jumprelu_tanh_scale"] = sparsifier.TanhScale;
    }

    private static void AddPolynomial(JsonObject config, DecoderSpec spec, int width)
    {
        config["poly_rank"] = null;
        config["poly_ranks"] = Numbers(WeightSlots.ThreeRanks(spec, width));
        config["poly_order"] = spec.Order;
        config["shared_u"] = spec.SharedProjection;
        config["lambda2_init"] = spec.Lambda2;
        config["lambda3_init"] = spec.Lambda3;
    }

    private static JsonArray Numbers(IEnumerable<int> numbers) => [.. numbers.Select(number => (JsonNode)number)];
}
