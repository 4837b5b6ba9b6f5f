using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.States;
using SaeSharp.Models.Weights;

namespace SaeSharp.Models.Families.Mamba2;

/// <summary>The keys of a Mamba-2 configuration that change what the model computes, in Hugging Face's form or the original one.</summary>
internal sealed record Mamba2Config
{
    private const int MostLayers = 4096;
    private const int LargestSize = 1 << 24;

    /// <summary>The model has no limit of its own; this one keeps positions within range.</summary>
    private const int LongestText = 1 << 20;

    public required string Path { get; init; }

    /// <summary>Whether it is the original's configuration (<c>d_model</c>, <c>ssm_cfg</c>): then groups are normed one by one.</summary>
    public required bool IsOriginal { get; init; }

    public required int Layers { get; init; }

    public required int Width { get; init; }

    /// <summary>Rows of the embedding; those behind the tokenizer's are padding.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>How many groups of heads share keys and queries (B and C).</summary>
    public required int Groups { get; init; }

    /// <summary>The states of a layer, and its convolution's window.</summary>
    public required RecurrentLayerShape States { get; init; }

    public required bool ConvolutionBias { get; init; }

    public required float Epsilon { get; init; }

    public required float LeastStep { get; init; }

    public required float MostStep { get; init; }

    public required bool Tied { get; init; }

    public required int? EndOfText { get; init; }

    /// <summary>Width of all values of a layer.</summary>
    public int Inner => States.Heads * States.ValueWidth;

    /// <summary>Width of all keys of a layer.</summary>
    public int KeysWidth => Groups * States.KeyWidth;

    /// <summary>Width of what a layer projects: output gate, values, keys, queries, step sizes.</summary>
    public int Projected => checked(Inner + States.WindowWidth + States.Heads);

    public int Taps => States.WindowRows + 1;

    /// <summary>How many parts the last norm of a layer has.</summary>
    public int NormGroups => IsOriginal ? Groups : 1;

    public static Mamba2Config Read(ModelConfig config) => config.Has("d_model") ? ReadOriginal(config) : ReadHuggingFace(config);

    public ModelDescription Describe() => new()
    {
        ModelType = Mamba2Family.ModelType,
        Layers = Layers,
        Width = Width,
        Heads = 0,
        VocabularySize = Vocabulary,
        ContextLength = LongestText,
        EndOfText = EndOfText,
        ParameterCount = Parameters(),
        HookPoints = [.. HookPoints()],
    };

    private static Mamba2Config ReadHuggingFace(ModelConfig config)
    {
        int vocabulary = config.Integer("vocab_size", 1, LargestSize);
        if (config.Boolean("use_bias", false)) throw new InputException($"'use_bias' in {config.Path} is true; expected false.");
        if (!config.Boolean("rms_norm", true)) throw new InputException($"'rms_norm' in {config.Path} is false; expected true.");
        string activation = config.Text("hidden_act", "silu");
        if (activation is not ("silu" or "swish")) throw new InputException($"'hidden_act' in {config.Path} is '{activation}'; expected silu.");
        int width = config.Integer("hidden_size", 1, LargestSize), expand = config.Integer("expand", 1, 64, 2);
        int headWidth = config.Integer("head_dim", 1, LargestSize, 64), heads = config.Integer("num_heads", 1, LargestSize);
        if ((long)heads * headWidth != (long)expand * width)
            throw new InputException($"{config.Path} has {heads} heads of {headWidth}, which are not 'expand' {expand} times 'hidden_size' {width}.");
        (double least, double most) = config.Range("time_step_limit", 0, double.PositiveInfinity);
        return new Mamba2Config
        {
            Path = config.Path,
            IsOriginal = false,
            Layers = config.Integer("num_hidden_layers", 1, MostLayers),
            Width = width,
            Vocabulary = vocabulary,
            Groups = CheckGroups(config.Integer("n_groups", 1, LargestSize, 8), heads, config.Path),
            States = StateShape(heads, config.Integer("state_size", 1, LargestSize, 128), headWidth, config.Integer("conv_kernel", 1, 256, 4), config.Integer("n_groups", 1, LargestSize, 8)),
            ConvolutionBias = config.Boolean("use_conv_bias", true),
            Epsilon = (float)config.Number("layer_norm_epsilon", 0, 1, 1e-5),
            LeastStep = (float)least,
            MostStep = (float)most,
            Tied = config.Boolean("tie_word_embeddings", false),
            EndOfText = config.EndOfText(vocabulary),
        };
    }

    private static Mamba2Config ReadOriginal(ModelConfig config)
    {
        ModelConfig layer = config.Section("ssm_cfg") ?? throw new InputException($"{config.Path} has no 'ssm_cfg'.");
        if (config.Integers("attn_layer_idx").Length > 0) throw new InputException($"'attn_layer_idx' in {config.Path} names attention layers; expected none.");
        if (config.Integer("d_intermediate", 0, LargestSize, 0) > 0) throw new InputException($"'d_intermediate' in {config.Path} asks for MLPs; expected 0.");
        if (!config.Boolean("rms_norm", true)) throw new InputException($"'rms_norm' in {config.Path} is false; expected true.");
        int width = config.Integer("d_model", 1, LargestSize), inner = checked(width * layer.Integer("expand", 1, 64, 2)), headWidth = layer.Integer("headdim", 1, LargestSize, 64);
        if (inner % headWidth != 0) throw new InputException($"'headdim' in {config.Path} is {headWidth}, which does not divide the inner width {inner}.");
        int groups = layer.Integer("ngroups", 1, LargestSize, 1), padding = config.Integer("pad_vocab_size_multiple", 1, LargestSize, 8);
        (double least, double most) = layer.Range("dt_limit", 0, double.PositiveInfinity);
        return new Mamba2Config
        {
            Path = config.Path,
            IsOriginal = true,
            Layers = config.Integer("n_layer", 1, MostLayers),
            Width = width,
            Vocabulary = checked((config.Integer("vocab_size", 1, LargestSize) + padding - 1) / padding * padding),
            Groups = CheckGroups(groups, inner / headWidth, config.Path),
            States = StateShape(inner / headWidth, layer.Integer("d_state", 1, LargestSize, 128), headWidth, layer.Integer("d_conv", 1, 256, 4), groups),
            ConvolutionBias = layer.Boolean("conv_bias", true),
            Epsilon = 1e-5f,
            LeastStep = (float)least,
            MostStep = (float)most,
            Tied = config.Boolean("tie_embeddings", true),
            EndOfText = config.EndOfText(LargestSize),
        };
    }

    private static int CheckGroups(int groups, int heads, string path) => heads % groups == 0
        ? groups
        : throw new InputException($"{path} has {groups} groups for {heads} heads; the groups must divide the heads.");

    private static RecurrentLayerShape StateShape(int heads, int keyWidth, int valueWidth, int taps, int groups) =>
        new(heads, keyWidth, valueWidth, taps - 1, checked(heads * valueWidth + 2 * groups * keyWidth));

    private long Parameters()
    {
        long layer = (long)Width * (Projected + Inner) + (long)States.WindowWidth * (Taps + (ConvolutionBias ? 1 : 0)) + 3L * States.Heads + Inner + Width;
        return (long)Vocabulary * Width * (Tied ? 1 : 2) + Width + Layers * layer;
    }

    private IEnumerable<HookPointShape> HookPoints()
    {
        yield return new HookPointShape(new HookPoint(HookSite.Embed), [Width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            yield return new HookPointShape(new HookPoint(HookSite.ResidualPre, layer), [Width]);
            foreach (HookPointShape point in RecurrentLayer.HookPoints(layer, RecurrentRule.Additive, States)) yield return point;
            yield return new HookPointShape(new HookPoint(HookSite.MixerOut, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.ResidualPost, layer), [Width]);
        }

        yield return new HookPointShape(HookPoint.FinalNorm, [Width]);
    }
}
