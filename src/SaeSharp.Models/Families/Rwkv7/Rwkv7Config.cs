using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.States;
using SaeSharp.Models.Weights;

namespace SaeSharp.Models.Families.Rwkv7;

/// <summary>The keys of an RWKV-7 configuration (flash-linear-attention's) that change what the model computes.</summary>
internal sealed record Rwkv7Config
{
    private const int MostLayers = 4096;
    private const int LargestSize = 1 << 24;

    public required string Path { get; init; }

    public required int Layers { get; init; }

    public required int Width { get; init; }

    public required int Hidden { get; init; }

    public required int Vocabulary { get; init; }

    public required int Positions { get; init; }

    public required float Epsilon { get; init; }

    /// <summary><c>norm_bias</c>: whether layer norms have biases.</summary>
    public required bool NormBias { get; init; }

    /// <summary><c>norm_first</c>: whether block 0 norms the embedding.</summary>
    public required bool NormsEmbedding { get; init; }

    /// <summary><c>fuse_norm</c>: with it the published kernels keep κ's norm from zero under the root, without it by a least norm.</summary>
    public required bool FusedNorm { get; init; }

    public required bool Tied { get; init; }

    public required int? EndOfText { get; init; }

    /// <summary><c>decay_low_rank_dim</c></summary>
    public required int DecayRank { get; init; }

    /// <summary><c>a_low_rank_dim</c></summary>
    public required int EraseRank { get; init; }

    /// <summary><c>v_low_rank_dim</c></summary>
    public required int ValueRank { get; init; }

    /// <summary><c>gate_low_rank_dim</c></summary>
    public required int GateRank { get; init; }

    /// <summary>The states of a layer; its window are the last inputs of attention and of the MLP.</summary>
    public required RecurrentLayerShape States { get; init; }

    public int Heads => States.Heads;

    public static Rwkv7Config Read(ModelConfig config)
    {
        string path = config.Path;
        if (config.Has("attn")) throw new InputException($"'attn' in {path} asks for attention layers; expected null.");
        string activation = config.Text("hidden_act", "sqrelu");
        if (activation != "sqrelu") throw new InputException($"'hidden_act' in {path} is '{activation}'; expected sqrelu.");
        int width = config.Integer("hidden_size", 1, LargestSize), vocabulary = config.Integer("vocab_size", 1, LargestSize), layers = config.Integer("num_hidden_layers", 1, MostLayers);
        int headWidth = config.Integer("head_dim", 1, LargestSize, 64), heads = config.Integer("num_heads", 1, LargestSize, Math.Max(1, width / headWidth));
        if ((long)heads * headWidth != width) throw new InputException($"{path} has {heads} heads of {headWidth}, which are not 'hidden_size' {width}.");
        bool hasOtherValues = config.Has("value_dim") && (config.IsList("value_dim") ? config.Integers("value_dim") : [config.Integer("value_dim", 1, LargestSize)]).Any(value => value != width);
        if (hasOtherValues) throw new InputException($"'value_dim' in {path} is not 'hidden_size' {width} in every layer; other widths are not supported.");
        double ratio = config.Number("hidden_ratio", 0.01, 1000, 4);
        return new Rwkv7Config
        {
            Path = path,
            Layers = layers,
            Width = width,
            Hidden = config.Integer("intermediate_size", 1, LargestSize, 32 * (((int)Math.Min(width * ratio, LargestSize) + 31) / 32)),
            Vocabulary = vocabulary,
            Positions = config.Integer("max_position_embeddings", 1, LargestSize, 2048),
            Epsilon = (float)config.Number("norm_eps", 0, 1, 1e-5),
            NormBias = config.Boolean("norm_bias", true),
            NormsEmbedding = config.Boolean("norm_first", true),
            FusedNorm = config.Boolean("fuse_norm", true),
            Tied = config.Boolean("tie_word_embeddings", false),
            EndOfText = config.EndOfText(vocabulary),
            DecayRank = config.Integer("decay_low_rank_dim", 1, LargestSize),
            EraseRank = config.Integer("a_low_rank_dim", 1, LargestSize),
            ValueRank = config.Integer("v_low_rank_dim", 1, LargestSize),
            GateRank = config.Integer("gate_low_rank_dim", 1, LargestSize),
            States = new RecurrentLayerShape(heads, headWidth, headWidth, 2, width),
        };
    }

    public ModelDescription Describe() => new()
    {
        ModelType = Rwkv7Family.ModelType,
        Layers = Layers,
        Width = Width,
        Heads = 0,
        VocabularySize = Vocabulary,
        ContextLength = Positions,
        EndOfText = EndOfText,
        ParameterCount = Parameters(),
        HookPoints = [.. HookPoints()],
    };

    private long Parameters()
    {
        long norm = (NormBias ? 2L : 1L) * Width;
        long ranks = 2L * Width * (DecayRank + EraseRank + GateRank) + 2L * Width;
        long mixer = 4L * Width * Width + 9L * Width + ranks + 2L * Width;
        long layer = 2 * norm + mixer + Width + 2L * Width * Hidden;
        long values = (Layers - 1) * (2L * Width * ValueRank + Width);
        return (long)Vocabulary * Width * (Tied ? 1 : 2) + norm + (NormsEmbedding ? norm : 0) + Layers * layer + values;
    }

    private IEnumerable<HookPointShape> HookPoints()
    {
        yield return new HookPointShape(new HookPoint(HookSite.Embed), [Width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            yield return new HookPointShape(new HookPoint(HookSite.ResidualPre, layer), [Width]);
            foreach (HookPointShape point in RecurrentLayer.HookPoints(layer, RecurrentRule.Generalized, States)) yield return point;
            yield return new HookPointShape(new HookPoint(HookSite.AttentionOut, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.ResidualMid, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.MlpHidden, layer), [Hidden]);
            yield return new HookPointShape(new HookPoint(HookSite.MlpOut, layer), [Width]);
            yield return new HookPointShape(new HookPoint(HookSite.ResidualPost, layer), [Width]);
        }

        yield return new HookPointShape(HookPoint.FinalNorm, [Width]);
    }
}
