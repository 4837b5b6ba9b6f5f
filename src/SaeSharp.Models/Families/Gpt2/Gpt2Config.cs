using SaeSharp.Models.Hooks;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Gpt2;

/// <summary>The keys of a GPT-2 configuration that change what the model computes.</summary>
internal sealed record Gpt2Config
{
    private const int MostLayers = 4096;
    private const int LargestSize = 1 << 24;

    private static readonly Dictionary<string, Activation> Activations = new(StringComparer.Ordinal)
    {
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["gelu"] = Activation.GeluErf,
        ["relu"] = Activation.Relu,
    };

    public required string Path { get; init; }

    /// <summary><c>n_layer</c></summary>
    public required int Layers { get; init; }

    /// <summary><c>n_embd</c></summary>
    public required int Width { get; init; }

    /// <summary><c>n_head</c></summary>
    public required int Heads { get; init; }

    /// <summary><c>n_inner</c>, four times the width if it is null.</summary>
    public required int Hidden { get; init; }

    /// <summary><c>vocab_size</c></summary>
    public required int Vocabulary { get; init; }

    /// <summary><c>n_positions</c></summary>
    public required int Positions { get; init; }

    /// <summary><c>layer_norm_epsilon</c></summary>
    public required float Epsilon { get; init; }

    /// <summary><c>activation_function</c></summary>
    public required Activation Activation { get; init; }

    /// <summary><c>tie_word_embeddings</c>; null if the file says nothing, in which case a tensor <c>lm_head.weight</c> decides.</summary>
    public required bool? Tied { get; init; }

    /// <summary><c>scale_attn_weights</c></summary>
    public required bool ScaleByWidth { get; init; }

    /// <summary><c>scale_attn_by_inverse_layer_idx</c></summary>
    public required bool ScaleByLayer { get; init; }

    /// <summary><c>eos_token_id</c></summary>
    public required int? EndOfText { get; init; }

    public int HeadWidth => Width / Heads;

    public static Gpt2Config Read(ModelConfig config)
    {
        int width = config.Integer("n_embd", 1, LargestSize);
        int heads = config.Integer("n_head", 1, LargestSize);
        if (width % heads != 0) throw new InputException($"'n_embd' in {config.Path} is {width}, which 'n_head' {heads} does not divide.");
        if (config.Boolean("add_cross_attention", false)) throw new InputException($"'add_cross_attention' in {config.Path} is true; models with cross-attention are not supported.");
        int vocabulary = config.Integer("vocab_size", 1, LargestSize);
        return new Gpt2Config
        {
            Path = config.Path,
            Layers = config.Integer("n_layer", 1, MostLayers),
            Width = width,
            Heads = heads,
            Hidden = config.Integer("n_inner", 1, LargestSize, fallback: checked(4 * width)),
            Vocabulary = vocabulary,
            Positions = config.Integer("n_positions", 1, LargestSize),
            Epsilon = (float)config.Number("layer_norm_epsilon", 0, 1, fallback: 1e-5),
            Activation = config.Choice("activation_function", "gelu_new", Activations),
            Tied = config.Has("tie_word_embeddings") ? config.Boolean("tie_word_embeddings", true) : null,
            ScaleByWidth = config.Boolean("scale_attn_weights", true),
            ScaleByLayer = config.Boolean("scale_attn_by_inverse_layer_idx", false),
            EndOfText = config.EndOfText(vocabulary),
        };
    }

    /// <summary>The factor of a layer's attention scores.</summary>
    public float AttentionScale(int layer) => (ScaleByWidth ? 1f / MathF.Sqrt(HeadWidth) : 1f) / (ScaleByLayer ? layer + 1 : 1);

    public ModelDescription Describe(bool tied) => new()
    {
        ModelType = Gpt2Family.ModelType,
        Layers = Layers,
        Width = Width,
        Heads = Heads,
        VocabularySize = Vocabulary,
        ContextLength = Positions,
        EndOfText = EndOfText,
        ParameterCount = Parameters(tied),
        HookPoints = [.. HookPoints()],
    };

    private long Parameters(bool tied)
    {
        long block = 4L * Width * Width + 2L * Width * Hidden + 9L * Width + Hidden;
        return ((long)Vocabulary * (tied ? 1 : 2) + Positions + 2) * Width + Layers * block;
    }

    private IEnumerable<HookPointShape> HookPoints()
    {
        yield return new HookPointShape(new HookPoint(HookSite.Embed), [Width]);
        yield return new HookPointShape(new HookPoint(HookSite.PositionEmbed), [Width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            yield return new HookPointShape(new HookPoint(HookSite.ResidualPre, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.AttentionPattern, layer), [Heads]);
            yield return new HookPointShape(new HookPoint(HookSite.AttentionMix, layer), [Heads, HeadWidth]);
            yield return new HookPointShape(new HookPoint(HookSite.AttentionOut, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.ResidualMid, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.MlpHidden, layer), [Hidden]);
            yield return new HookPointShape(new HookPoint(HookSite.MlpOut, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.ResidualPost, layer), [Width]);
        }

        yield return new HookPointShape(HookPoint.FinalNorm, [Width]);
    }
}
