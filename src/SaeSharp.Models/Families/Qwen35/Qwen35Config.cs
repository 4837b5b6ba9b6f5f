using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.States;
using SaeSharp.Models.Weights;

namespace SaeSharp.Models.Families.Qwen35;

/// <summary>The keys of a Qwen3.5 or Qwen3-Next text configuration that change what the model computes.</summary>
internal sealed record Qwen35Config
{
    private const int MostLayers = 4096;
    private const int LargestSize = 1 << 24;
    private const string LinearAttention = "linear_attention";
    private const string FullAttention = "full_attention";

    public required string Path { get; init; }

    /// <summary><c>model_type</c> of the text model.</summary>
    public required string ModelType { get; init; }

    /// <summary>Whether projections are packed key head by key head, as in Qwen3-Next.</summary>
    public bool IsPacked => ModelType == Qwen35Family.NextType;

    /// <summary>Layer by layer, whether it is attention rather than Gated DeltaNet.</summary>
    public required bool[] IsAttention { get; init; }

    public required int Width { get; init; }

    public required int Hidden { get; init; }

    public required int Vocabulary { get; init; }

    public required int Positions { get; init; }

    public required float Epsilon { get; init; }

    public required bool Tied { get; init; }

    public required int? EndOfText { get; init; }

    /// <summary><c>num_attention_heads</c></summary>
    public required int QueryHeads { get; init; }

    /// <summary><c>num_key_value_heads</c></summary>
    public required int KeyHeads { get; init; }

    /// <summary><c>head_dim</c></summary>
    public required int HeadWidth { get; init; }

    /// <summary>Values of a head that are rotated.</summary>
    public required int Rotated { get; init; }

    /// <summary><c>rope_theta</c></summary>
    public required double RotaryBase { get; init; }

    /// <summary><c>linear_num_key_heads</c></summary>
    public required int DeltaKeyHeads { get; init; }

    /// <summary>The states of a Gated DeltaNet layer, and its convolution's window.</summary>
    public required RecurrentLayerShape Delta { get; init; }

    public int Layers => IsAttention.Length;

    /// <summary>Width of all keys of a Gated DeltaNet layer.</summary>
    public int DeltaKeys => DeltaKeyHeads * Delta.KeyWidth;

    /// <summary>Width of all values of a Gated DeltaNet layer.</summary>
    public int DeltaValues => Delta.Heads * Delta.ValueWidth;

    /// <summary>Taps of the convolution.</summary>
    public int Taps => Delta.WindowRows + 1;

    public static Qwen35Config Read(ModelConfig whole)
    {
        ModelConfig config = whole.Section("text_config") ?? whole;
        string path = whole.Path, modelType = config.Text("model_type", Qwen35Family.TextType);
        ModelConfig rotary = config.Section("rope_parameters") ?? config;
        RefuseUnsupported(config, rotary, path);
        bool[] isAttention = ReadLayers(config, path);
        RefuseExperts(config, isAttention.Length, path);
        int queryHeads = config.Integer("num_attention_heads", 1, LargestSize), keyHeads = config.Integer("num_key_value_heads", 1, LargestSize, queryHeads);
        int deltaHeads = config.Integer("linear_num_value_heads", 1, LargestSize), deltaKeyHeads = config.Integer("linear_num_key_heads", 1, LargestSize);
        Divides(keyHeads, queryHeads, "num_key_value_heads", "num_attention_heads", path);
        Divides(deltaKeyHeads, deltaHeads, "linear_num_key_heads", "linear_num_value_heads", path);
        int width = config.Integer("hidden_size", 1, LargestSize), vocabulary = config.Integer("vocab_size", 1, LargestSize);
        int headWidth = config.Integer("head_dim", 2, LargestSize, width / queryHeads);
        int keyWidth = config.Integer("linear_key_head_dim", 1, LargestSize), valueWidth = config.Integer("linear_value_head_dim", 1, LargestSize);
        double share = rotary.Number("partial_rotary_factor", 0, 1, config.Number("partial_rotary_factor", 0, 1, 0.25));
        int rotated = (int)(headWidth * share);
        if (rotated % 2 != 0) throw new InputException($"{path} rotates {rotated} values of a head of {headWidth}; expected an even number.");
        int convolved = checked(2 * deltaKeyHeads * keyWidth + deltaHeads * valueWidth);
        return new Qwen35Config
        {
            Path = path,
            ModelType = modelType,
            IsAttention = isAttention,
            Width = width,
            Hidden = config.Integer("intermediate_size", 1, LargestSize),
            Vocabulary = vocabulary,
            Positions = config.Integer("max_position_embeddings", 1, LargestSize, 32768),
            Epsilon = (float)config.Number("rms_norm_eps", 0, 1, 1e-6),
            Tied = config.Boolean("tie_word_embeddings", whole.Boolean("tie_word_embeddings", false)),
            EndOfText = config.EndOfText(vocabulary) ?? whole.EndOfText(vocabulary),
            QueryHeads = queryHeads,
            KeyHeads = keyHeads,
            HeadWidth = headWidth,
            Rotated = rotated,
            RotaryBase = rotary.Number("rope_theta", 1, 1e12, config.Number("rope_theta", 1, 1e12, 1e7)),
            DeltaKeyHeads = deltaKeyHeads,
            Delta = new RecurrentLayerShape(deltaHeads, keyWidth, valueWidth, config.Integer("linear_conv_kernel_dim", 1, 256, 4) - 1, convolved),
        };
    }

    public ModelDescription Describe() => new()
    {
        ModelType = ModelType,
        Layers = Layers,
        Width = Width,
        Heads = QueryHeads,
        VocabularySize = Vocabulary,
        ContextLength = Positions,
        EndOfText = EndOfText,
        ParameterCount = Parameters(),
        HookPoints = [.. HookPoints()],
    };

    private static void RefuseUnsupported(ModelConfig config, ModelConfig rotary, string path)
    {
        if (config.Boolean("attention_bias", false)) throw new InputException($"'attention_bias' in {path} is true; expected false.");
        if (!config.Boolean("attn_output_gate", true)) throw new InputException($"'attn_output_gate' in {path} is false; expected true.");
        string activation = config.Text("hidden_act", "silu");
        if (activation != "silu") throw new InputException($"'hidden_act' in {path} is '{activation}'; expected silu.");
        string rope = rotary.Text("rope_type", "default");
        if (rope != "default" || config.Has("rope_scaling")) throw new InputException($"{path} asks for scaled rotary positions; only the default ones are supported.");
    }

    private static bool[] ReadLayers(ModelConfig config, string path)
    {
        int layers = config.Integer("num_hidden_layers", 1, MostLayers);
        if (config.Texts("layer_types") is not { } types)
        {
            int interval = config.Integer("full_attention_interval", 1, MostLayers, 4);
            return [.. Enumerable.Range(0, layers).Select(layer => (layer + 1) % interval == 0)];
        }

        if (types.Length != layers) throw new InputException($"'layer_types' in {path} has {types.Length} entries; 'num_hidden_layers' is {layers}.");
        foreach (string type in types)
        {
            if (type is not (LinearAttention or FullAttention)) throw new InputException($"'layer_types' in {path} has '{type}'; expected {LinearAttention} or {FullAttention}.");
        }

        return [.. types.Select(type => type == FullAttention)];
    }

    /// <summary>Layers with a mixture of experts are not supported; Qwen3-Next configurations say which layers have none.</summary>
    private static void RefuseExperts(ModelConfig config, int layers, string path)
    {
        if (config.Integer("num_experts", 0, LargestSize, 0) == 0) return;
        int[] dense = config.Integers("mlp_only_layers");
        int step = config.Integer("decoder_sparse_step", 1, MostLayers, 1);
        for (int layer = 0; layer < layers; layer++)
        {
            if (!dense.Contains(layer) && (layer + 1) % step == 0) throw new InputException($"{path} describes a mixture of experts in block {layer}; only dense MLPs are supported.");
        }
    }

    private static void Divides(int divisor, int number, string divisorKey, string numberKey, string path)
    {
        if (number % divisor != 0) throw new InputException($"'{numberKey}' in {path} is {number}, which '{divisorKey}' {divisor} does not divide.");
    }

    private long Parameters()
    {
        long attention = (long)Width * HeadWidth * (3L * QueryHeads + 2L * KeyHeads) + 2L * HeadWidth;
        long delta = (long)Width * (2L * DeltaKeys + 3L * DeltaValues + 2L * Delta.Heads) + (long)Delta.WindowWidth * Taps + 2L * Delta.Heads + Delta.ValueWidth;
        long block = 3L * Width * Hidden + 2L * Width;
        int attentionLayers = IsAttention.Count(isAttention => isAttention);
        return (long)Vocabulary * Width * (Tied ? 1 : 2) + Width + Layers * block + attentionLayers * attention + (Layers - attentionLayers) * delta;
    }

    private IEnumerable<HookPointShape> HookPoints()
    {
        yield return new HookPointShape(new HookPoint(HookSite.Embed), [Width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            yield return new HookPointShape(new HookPoint(HookSite.ResidualPre, layer), [Width]);
            if (IsAttention[layer])
            {
                yield return new HookPointShape(new HookPoint(HookSite.AttentionPattern, layer), [QueryHeads]);
                yield return new HookPointShape(new HookPoint(HookSite.AttentionMix, layer), [QueryHeads, HeadWidth]);
            }
            else
            {
                foreach (HookPointShape point in RecurrentLayer.HookPoints(layer, RecurrentRule.Delta, Delta)) yield return point;
            }

            yield return new HookPointShape(new HookPoint(HookSite.AttentionOut, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.ResidualMid, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.MlpHidden, layer), [Hidden]);
            yield return new HookPointShape(new HookPoint(HookSite.MlpOut, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.ResidualPost, layer), [Width]);
        }

        yield return new HookPointShape(HookPoint.FinalNorm, [Width]);
    }
}
