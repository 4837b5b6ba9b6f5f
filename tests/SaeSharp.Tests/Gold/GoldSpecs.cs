using System.Text.Json;
using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Recipes;

namespace SaeSharp.Tests.Gold;

/// <summary>Turns upstream's hyper-parameters into our records: what a user writes to follow a published run.</summary>
internal static class GoldSpecs
{
    public static (DictionarySpec Dictionary, TrainingSpec Training) Build(GoldCase gold) =>
        gold.IsSaeLens ? SaeLens(gold.Manifest) : DictionaryLearning(gold);

    private static (DictionarySpec, TrainingSpec) SaeLens(GoldManifest m)
    {
        string kind = m.TrainingClass;
        var sparsifier = new SparsifierSpec
        {
            Kind = kind.Contains("BatchTopK", StringComparison.Ordinal) || kind == "MatryoshkaPolynomialInner" ? SparsifierKind.BatchTopK
                : kind.Contains("TopK", StringComparison.Ordinal) ? SparsifierKind.TopK
                : kind.Contains("JumpReLU", StringComparison.Ordinal) ? SparsifierKind.JumpRelu
                : SparsifierKind.Relu,
            K = m.Number("k", 1),
            RescaleByDecoderNorm = m.Flag("rescale_acts_by_decoder_norm"),
            L1Coefficient = m.Number("l1_coefficient"),
            L0Coefficient = m.Number("l0_coefficient"),
            WarmUpSteps = (int)(m.Number("l1_warm_up_steps") + m.Number("l0_warm_up_steps")),
            L0Penalty = m.HyperParameters.TryGetProperty("jumprelu_sparsity_loss_mode", out _) ? L0Penalty.Tanh : L0Penalty.Step,
            TanhScale = m.Number("jumprelu_tanh_scale", 4),
            PreActivationCoefficient = m.Number("pre_act_loss_coefficient"),
            Bandwidth = m.Number("jumprelu_bandwidth", 0.05),
            ThresholdParameter = ThresholdParameter.Log,
        };
        var decoder = new DecoderSpec();
        if (m.HyperParameters.TryGetProperty("poly_order", out _))
        {
            decoder = decoder with
            {
                Kind = DecoderKind.Polynomial,
                Order = (int)m.Number("poly_order"),
                Ranks = m.Integers("poly_ranks"),
                SharedProjection = m.Flag("shared_u"),
            };
        }

        var spec = new DictionarySpec
        {
            Latents = (int)m.Number("d_sae"),
            Encoder = new EncoderSpec { Kind = kind.Contains("Gated", StringComparison.Ordinal) ? EncoderKind.Gated : EncoderKind.Linear },
            Sparsifier = sparsifier,
            Decoder = decoder,
            AuxK = new AuxKSpec { DeadAfterSteps = m.Root.GetProperty("trajectory").GetProperty("dead_feature_window").GetInt32() },
            Matryoshka = new MatryoshkaSpec
            {
                Widths = m.Integers("matryoshka_widths"),
                Inner = kind == "PolyMatryoshkaBatchTopKTrainingSAE" ? MatryoshkaInner.Linear : MatryoshkaInner.Same,
            },
        };
        return (spec, SaeLensTraining(m));
    }

    private static TrainingSpec SaeLensTraining(GoldManifest m)
    {
        JsonElement optimiser = m.Root.GetProperty("optimiser");
        JsonElement adam = optimiser.GetProperty("adam");
        JsonElement scheduler = optimiser.GetProperty("scheduler");
        double Scheduled(string key) => scheduler.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : 0;
        bool cosine = scheduler.TryGetProperty("sched", out JsonElement course) && course.GetString() == "cosineannealing";
        return new TrainingSpec
        {
            LearningRate = adam.GetProperty("lr").GetDouble(),
            Clip = optimiser.GetProperty("clip_global_norm").GetDouble(),
            WarmUpSteps = (int)Scheduled("warm"),
            DecaySteps = (int)Scheduled("decay"),
            Schedule = cosine ? Schedule.Cosine : Schedule.Constant,
            FinalLearningRate = Scheduled("lr_end"),
        };
    }

    private static (DictionarySpec, TrainingSpec) DictionaryLearning(GoldCase gold)
    {
        GoldManifest m = gold.Manifest;
        string trainer = m.TrainingClass;
        bool constrained = trainer is "StandardTrainer" or "GatedSAETrainer";
        var spec = new DictionarySpec
        {
            Latents = (int)m.Number("dict_size"),
            Encoder = new EncoderSpec
            {
                Kind = trainer == "GatedSAETrainer" ? EncoderKind.Gated : EncoderKind.Linear,
                GateTrainsDecoder = false,
                SubtractDecoderBias = trainer != "JumpReluTrainer",
            },
            Sparsifier = new SparsifierSpec
            {
                Kind = trainer switch
                {
                    "TopKTrainer" => SparsifierKind.TopK,
                    "BatchTopKTrainer" or "MatryoshkaBatchTopKTrainer" => SparsifierKind.BatchTopK,
                    "JumpReluTrainer" => SparsifierKind.JumpRelu,
                    _ => SparsifierKind.Relu,
                },
                K = m.Number("k", 1),
                L1Coefficient = m.Number("l1_penalty"),
                L1ByDecoderNorm = trainer == "StandardTrainerAprilUpdate",
                L0Coefficient = m.Number("sparsity_penalty"),
                L0Penalty = L0Penalty.Target,
                TargetL0 = m.Number("target_l0", 1),
                WarmUpSteps = (int)m.Number("sparsity_warmup_steps"),
                Bandwidth = m.Number("bandwidth", 1),
                ThresholdParameter = ThresholdParameter.Direct,
                ThresholdRate = 1 - m.Number("threshold_beta"),
                ThresholdStart = (int)m.Number("threshold_start_step"),
                AnnealSteps = (int)m.Number("k_anneal_steps"),
            },
            Decoder = new DecoderSpec { Rows = trainer == "StandardTrainerAprilUpdate" ? DecoderRows.Free : DecoderRows.Unit },
            AuxK = new AuxKSpec { Rule = AuxKRule.Sound, Coefficient = m.Number("auxk_alpha"), DeadAfterTokens = 100 },
            Matryoshka = DictionaryLearningLevels(gold),
        };
        var training = new TrainingSpec
        {
            LearningRate = m.Number("lr"),
            Beta1 = trainer is "JumpReluTrainer" or "GatedSAETrainer" ? 0 : 0.9,
            Clip = constrained ? 0 : 1,
            WarmUpSteps = (int)m.Number("warmup_steps"),
            WarmUpFromZero = true,
            DecaySteps = m.Steps - (int)m.Number("decay_start"),
        };
        return (spec, training);
    }

    /// <summary>Upstream gives each of n levels the weight 1 / n and then takes their mean: 1 / n² each.</summary>
    private static MatryoshkaSpec DictionaryLearningLevels(GoldCase gold)
    {
        if (!gold.Tensors.Contains("init.group_sizes")) return new MatryoshkaSpec();
        long[] sizes = gold.Tensors.ReadInt64("init.group_sizes");
        int end = 0;
        int[] widths = [.. sizes.Select(size => end += (int)size)];
        return new MatryoshkaSpec { Widths = widths, Weights = [.. widths.Select(_ => 1.0 / (sizes.Length * sizes.Length))] };
    }
}
