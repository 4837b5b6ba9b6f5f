using SaeSharp.Models.Files;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Gpt2;

/// <summary>The weights of a GPT-2 model, products' right operands packed.</summary>
internal sealed class Gpt2Weights : IDisposable
{
    private const string Prefix = "transformer.";
    private const string HeadName = "lm_head.weight";

    private readonly Device _device;
    private readonly Lock _lock = new();
    private PackedMatrix? _unembedding;

    public Gpt2Weights(Gpt2Config config, ITensorSource source, Device device)
    {
        _device = device;
        string prefix = source.Contains($"{Prefix}wte.weight") ? Prefix : string.Empty;
        using WeightReader reader = new(source, prefix, config.Path, device);
        TokenEmbedding = reader.Matrix("wte.weight", config.Vocabulary, config.Width);
        PositionEmbedding = reader.Matrix("wpe.weight", config.Positions, config.Width);
        Blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => new Gpt2Block(config, reader, layer))];
        FinalGain = reader.Vector("ln_f.weight", config.Width);
        FinalBias = reader.Vector("ln_f.bias", config.Width);
        IsTied = config.Tied ?? !reader.Has(HeadName, prefixed: false);
        if (!IsTied) _unembedding = reader.Packed(HeadName, config.Vocabulary, config.Width, GemmShape.NT, prefixed: false);
        reader.RefuseUnread(name => name == HeadName || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal));
    }

    /// <summary>[vocabulary, width]</summary>
    public Matrix TokenEmbedding { get; }

    /// <summary>[positions, width]</summary>
    public Matrix PositionEmbedding { get; }

    public Gpt2Block[] Blocks { get; }

    public Matrix FinalGain { get; }

    public Matrix FinalBias { get; }

    /// <summary>Whether the unembedding is the token embedding.</summary>
    public bool IsTied { get; }

    /// <summary>The unembedding, [vocabulary, width] transposed. A tied one is packed when it is first needed: capturing never needs it.</summary>
    public PackedMatrix Unembedding
    {
        get
        {
            lock (_lock)
            {
                if (_unembedding is not null) return _unembedding;
                PackedMatrix packed = new();
                _device.Pack(GemmShape.NT, TokenEmbedding, packed);
                return _unembedding = packed;
            }
        }
    }

    public void Dispose()
    {
        foreach (Matrix matrix in (Matrix[])[TokenEmbedding, PositionEmbedding, FinalGain, FinalBias]) matrix.Dispose();
        foreach (Gpt2Block block in Blocks) block.Dispose();
        _unembedding?.Dispose();
    }
}
