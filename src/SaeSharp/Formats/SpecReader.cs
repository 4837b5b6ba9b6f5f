using SaeSharp.Dictionaries;

namespace SaeSharp.Formats;

/// <summary>Tells a description from the keys of SAELens and of the published PolySAE code; what they leave open stays at its default.</summary>
internal static class SpecReader
{
    public static DictionarySpec Read(JsonFields config, string architecture, DictionaryLayout layout, int width, int latents, string name)
    {
        if (layout == DictionaryLayout.SaeSharp) throw new InputException($"{config.Path} has no metadata.saesharp, which architecture '{architecture}' needs.");
        string kind = architecture.StartsWith("poly_", StringComparison.Ordinal) ? architecture[5..] : architecture;
        bool polynomial = kind != architecture;
        return new DictionarySpec
        {
            Name = name,
            Latents = latents,
            Encoder = new EncoderSpec
            {
                Kind = kind == "gated" ? EncoderKind.Gated : EncoderKind.Linear,
                Start = polynomial ? EncoderStart.Random : EncoderStart.Tied,
                SubtractDecoderBias = config.Flag("apply_b_dec_to_input") ?? true,
            },
            Sparsifier = ReadSparsifier(config, kind, layout),
            Decoder = polynomial ? ReadPolynomial(config, width) : new DecoderSpec { InitialNorm = InitialNorm(config) },
            AuxK = new AuxKSpec { Coefficient = config.Number("aux_loss_coefficient") },
            Matryoshka = kind.StartsWith("matryoshka", StringComparison.Ordinal) ? ReadMatryoshka(config, polynomial) : new MatryoshkaSpec(),
        };
    }

    private static double InitialNorm(JsonFields config) => config.Number("decoder_init_norm") ?? new DecoderSpec().InitialNorm;

    private static SparsifierSpec ReadSparsifier(JsonFields config, string kind, DictionaryLayout layout)
    {
        SparsifierSpec spec = new();
        switch (kind)
        {
            case "standard" or "gated":
                return spec with
                {
                    Kind = SparsifierKind.Relu,
                    L1Coefficient = config.Number("l1_coefficient") ?? spec.L1Coefficient,
                    WarmUpSteps = config.Whole("l1_warm_up_steps") ?? 0,
                };
            case "jumprelu":
                return ReadJumpRelu(config, spec, layout);
            default:
                return spec with
                {
                    Kind = kind == "topk" ? SparsifierKind.TopK : SparsifierKind.BatchTopK,
                    K = config.Number("k") ?? config.Object("activation_fn_kwargs")?.Number("k") ?? throw new InputException($"{config.Path} has no 'k'."),
                    RescaleByDecoderNorm = config.Flag("rescale_acts_by_decoder_norm") ?? false,
                    ThresholdRate = config.Number("topk_threshold_lr") ?? spec.ThresholdRate,
                };
        }
    }

    private static SparsifierSpec ReadJumpRelu(JsonFields config, SparsifierSpec spec, DictionaryLayout layout)
    {
        string penalty = config.Text("jumprelu_sparsity_loss_mode") ?? "step";
        return spec with
        {
            Kind = SparsifierKind.JumpRelu,
            L0Coefficient = config.Number("l0_coefficient") ?? spec.L0Coefficient,
            WarmUpSteps = config.Whole("l0_warm_up_steps") ?? 0,
            L0Penalty = penalty switch
            {
                "step" => L0Penalty.Step,
                "tanh" => L0Penalty.Tanh,
                _ => throw new InputException($"'jumprelu_sparsity_loss_mode' in {config.Path} is '{penalty}'; expected step or tanh."),
            },
            TanhScale = config.Number("jumprelu_tanh_scale") ?? spec.TanhScale,
            PreActivationCoefficient = config.Number("pre_act_loss_coefficient") ?? 0,
            Bandwidth = config.Number("jumprelu_bandwidth") ?? spec.Bandwidth,
            InitialThreshold = config.Number("jumprelu_init_threshold") ?? spec.InitialThreshold,
            // SAELens' trainer moves the logarithm; a finished model may hold thresholds that have none.
            ThresholdParameter = layout.IsTraining() ? ThresholdParameter.Log : ThresholdParameter.Direct,
        };
    }

    private static DecoderSpec ReadPolynomial(JsonFields config, int width)
    {
        DecoderSpec spec = new();
        int single = config.Whole("poly_rank") ?? width;
        IReadOnlyList<int> ranks = config.Wholes("poly_ranks") ?? [single, single, single];
        if (ranks.Count != 3) throw new InputException($"'poly_ranks' in {config.Path} has {ranks.Count} numbers; expected 3.");
        return spec with
        {
            Kind = DecoderKind.Polynomial,
            Order = config.Whole("poly_order") ?? 3,
            Ranks = ranks,
            SharedProjection = config.Flag("shared_u") ?? false,
            Lambda2 = config.Number("lambda2_init") ?? spec.Lambda2,
            Lambda3 = config.Number("lambda3_init") ?? spec.Lambda3,
            InitialNorm = InitialNorm(config),
            Start = DecoderStart.Published,
        };
    }

    /// <summary>The published PolyMatryoshka decodes its inner levels with a linear table of their own.</summary>
    private static MatryoshkaSpec ReadMatryoshka(JsonFields config, bool polynomial) => new()
    {
        Widths = config.Wholes("matryoshka_widths") ?? [],
        Inner = polynomial ? MatryoshkaInner.Linear : MatryoshkaInner.Same,
    };
}
