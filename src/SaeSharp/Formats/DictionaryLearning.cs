using System.Text.Json;
using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;

namespace SaeSharp.Formats;

/// <summary>Reads what dictionary_learning leaves in a trainer's folder: <c>config.json</c> and the weights in <c>ae.pt</c>.</summary>
internal static class DictionaryLearning
{
    public const string ConfigName = "config.json";

    public const string WeightsName = "ae.pt";

    private const int LargestWidth = 1 << 24;

    private static readonly string[] Known = ["AutoEncoder", "AutoEncoderTopK", "BatchTopKSAE", "MatryoshkaBatchTopKSAE", "JumpReluAutoEncoder", "GatedAutoEncoder"];

    public static StoredDictionary Read(string folder)
    {
        string path = Path.Combine(folder, ConfigName);
        using JsonDocument document = JsonFile.Read(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InputException($"{path} is not a JSON object.");
        try
        {
            JsonFields root = new(path, document.RootElement);
            return Read(folder, root.Object("trainer") ?? throw new InputException($"{path} has no 'trainer'."));
        }
        catch (InvalidOperationException exception)
        {
            throw new InputException($"{path} holds text that is not Unicode: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <summary>The tensors of the weights file.</summary>
    public static List<WeightSlot> Slots(DictionarySpec spec, int width, string kind)
    {
        long latents = spec.Latents;
        List<WeightSlot> slots = [];
        if (kind is "MatryoshkaBatchTopKSAE" or "JumpReluAutoEncoder")
        {
            slots.Add(new WeightSlot("W_enc", [width, latents], SlotContent.Transpose, "W_enc"));
            slots.Add(new WeightSlot("b_enc", [latents], SlotContent.Copy, "b_enc"));
            slots.Add(new WeightSlot("W_dec", [latents, width], SlotContent.Copy, "W_dec"));
        }
        else
        {
            // Layers of torch keep [out, in]: our encoder's order, and the transpose of our decoder's.
            slots.Add(new WeightSlot("encoder.weight", [latents, width], SlotContent.Copy, "W_enc"));
            slots.Add(new WeightSlot("decoder.weight", [width, latents], SlotContent.Transpose, "W_dec"));
            if (kind != "GatedAutoEncoder") slots.Add(new WeightSlot("encoder.bias", [latents], SlotContent.Copy, "b_enc"));
        }

        slots.Add(new WeightSlot(kind switch { "AutoEncoder" => "bias", "GatedAutoEncoder" => "decoder_bias", _ => "b_dec" }, [width], SlotContent.Copy, "b_dec"));
        AddOthers(slots, spec, kind);
        return slots;
    }

    private static void AddOthers(List<WeightSlot> slots, DictionarySpec spec, string kind)
    {
        switch (kind)
        {
            case "GatedAutoEncoder":
                foreach ((string name, string parameter) in ((string, string)[])[("gate_bias", "b_gate"), ("mag_bias", "b_mag"), ("r_mag", "r_mag")])
                    slots.Add(new WeightSlot(name, [spec.Latents], SlotContent.Copy, parameter));
                break;
            case "JumpReluAutoEncoder":
                slots.Add(new WeightSlot("threshold", [spec.Latents], SlotContent.Copy, "threshold"));
                break;
            case "AutoEncoderTopK":
                // Its threshold is an alternative to the k largest that nothing uses by default.
                slots.Add(new WeightSlot("k", [], SlotContent.Ignored));
                slots.Add(new WeightSlot("threshold", [], SlotContent.Ignored));
                break;
            case "BatchTopKSAE" or "MatryoshkaBatchTopKSAE":
                slots.Add(new WeightSlot("k", [], SlotContent.Ignored));
                slots.Add(new WeightSlot("threshold", [], SlotContent.ThresholdScalar));
                if (kind == "MatryoshkaBatchTopKSAE") slots.Add(new WeightSlot("group_sizes", [spec.Matryoshka.Widths.Count], SlotContent.Ignored));
                break;
        }
    }

    private static StoredDictionary Read(string folder, JsonFields trainer)
    {
        string kind = trainer.Text("dict_class") ?? throw new InputException($"{trainer.Path} has no 'dict_class'.");
        if (!Known.Contains(kind)) throw new InputException($"'dict_class' in {trainer.Path} is '{kind}'; expected one of {string.Join(", ", Known)}.");
        int width = trainer.Whole("activation_dim") ?? throw new InputException($"{trainer.Path} has no 'activation_dim'.");
        int latents = trainer.Whole("dict_size") ?? throw new InputException($"{trainer.Path} has no 'dict_size'.");
        if (width is < 1 or > LargestWidth) throw new InputException($"'activation_dim' in {trainer.Path} is {width}; expected 1 to {LargestWidth}.");
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        DictionarySpec spec = ReadSpec(trainer, kind, latents) with { Name = name.Length > 0 ? name : "dictionary" };
        try
        {
            spec.Validate(width);
        }
        catch (InputException exception)
        {
            throw new InputException($"{trainer.Path} describes no possible dictionary: {exception.Message}", exception);
        }

        return new StoredDictionary
        {
            Path = trainer.Path,
            Layout = DictionaryLayout.DictionaryLearning,
            Architecture = kind,
            Width = width,
            Spec = spec,
            Provenance = new Provenance { Model = trainer.Text("lm_name"), Hook = trainer.Text("submodule_name"), Seed = trainer.Whole("seed") is { } seed and >= 0 ? (ulong)seed : null },
        };
    }

    private static DictionarySpec ReadSpec(JsonFields trainer, string kind, int latents)
    {
        bool april = trainer.Text("trainer_class") == "StandardTrainerAprilUpdate";
        return new DictionarySpec
        {
            Latents = latents,
            Encoder = new EncoderSpec
            {
                Kind = kind == "GatedAutoEncoder" ? EncoderKind.Gated : EncoderKind.Linear,
                SubtractDecoderBias = kind != "JumpReluAutoEncoder",
                GateTrainsDecoder = false,
            },
            Sparsifier = ReadSparsifier(trainer, kind, april),
            Decoder = new DecoderSpec { Rows = april ? DecoderRows.Free : DecoderRows.Unit },
            AuxK = new AuxKSpec { Rule = AuxKRule.Sound, Coefficient = trainer.Number("auxk_alpha"), K = trainer.Whole("top_k_aux") ?? 0 },
            Matryoshka = kind == "MatryoshkaBatchTopKSAE" ? ReadLevels(trainer) : new MatryoshkaSpec(),
        };
    }

    private static SparsifierSpec ReadSparsifier(JsonFields trainer, string kind, bool april)
    {
        SparsifierSpec spec = new();
        return spec with
        {
            Kind = kind switch
            {
                "AutoEncoderTopK" => SparsifierKind.TopK,
                "BatchTopKSAE" or "MatryoshkaBatchTopKSAE" => SparsifierKind.BatchTopK,
                "JumpReluAutoEncoder" => SparsifierKind.JumpRelu,
                _ => SparsifierKind.Relu,
            },
            K = kind.Contains("TopK", StringComparison.Ordinal) ? trainer.Number("k") ?? throw new InputException($"{trainer.Path} has no 'k'.") : spec.K,
            L1Coefficient = trainer.Number("l1_penalty") ?? spec.L1Coefficient,
            L1ByDecoderNorm = april,
            L0Coefficient = trainer.Number("sparsity_penalty") ?? spec.L0Coefficient,
            L0Penalty = kind == "JumpReluAutoEncoder" ? L0Penalty.Target : spec.L0Penalty,
            TargetL0 = trainer.Number("target_l0") ?? spec.TargetL0,
            WarmUpSteps = trainer.Whole("sparsity_warmup_steps") ?? 0,
            Bandwidth = trainer.Number("bandwidth") ?? spec.Bandwidth,
            ThresholdRate = trainer.Number("threshold_beta") is { } beta ? 1 - beta : spec.ThresholdRate,
            ThresholdStart = Math.Max(0, trainer.Whole("threshold_start_step") ?? 0),
            AnnealSteps = trainer.Whole("k_anneal_steps") ?? 0,
        };
    }

    /// <summary>Group sizes add up to prefix lengths; the levels' losses are weighted and then averaged, so each weight counts divided by their number.</summary>
    private static MatryoshkaSpec ReadLevels(JsonFields trainer)
    {
        IReadOnlyList<int> sizes = trainer.Wholes("group_sizes") ?? throw new InputException($"{trainer.Path} has no 'group_sizes'.");
        long end = 0;
        int[] widths = [.. sizes.Select(size => (int)Math.Clamp(end += size, 0, int.MaxValue))];
        IReadOnlyList<double> weights = trainer.Numbers("group_weights") ?? [.. sizes.Select(_ => 1.0 / sizes.Count)];
        return new MatryoshkaSpec { Widths = widths, Weights = [.. weights.Select(weight => weight / sizes.Count)] };
    }
}
