using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Qwen35;

/// <summary>Attention with shared keys, normed queries and keys, rotary positions on part of each head, and an output gate.</summary>
internal sealed class GatedAttentionMixer : IQwen35Mixer
{
    private readonly Qwen35Config _config;
    private readonly int _layer;
    private readonly int _index;
    private readonly PackedMatrix _projection;
    private readonly Matrix _queryGain;
    private readonly Matrix _keyGain;
    private readonly PackedMatrix _output;

    /// <summary>Reads a layer.</summary>
    /// <param name="config">The model.</param>
    /// <param name="reader">Its weights.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="layer">The block.</param>
    /// <param name="index">Which of the attention layers it is.</param>
    public GatedAttentionMixer(Qwen35Config config, WeightReader reader, Device device, int layer, int index)
    {
        (_config, _layer, _index) = (config, layer, index);
        string name = $"layers.{layer}.self_attn.";
        _projection = ReadProjection(config, reader, device, name);
        _queryGain = reader.Vector($"{name}q_norm.weight", config.HeadWidth);
        _keyGain = reader.Vector($"{name}k_norm.weight", config.HeadWidth);
        _output = reader.Packed($"{name}o_proj.weight", config.Width, config.QueryHeads * config.HeadWidth, GemmShape.NT);
    }

    /// <summary>Width of everything that is projected.</summary>
    public static int ProjectedWidth(Qwen35Config config) => checked(2 * config.HeadWidth * (config.QueryHeads + config.KeyHeads));

    /// <inheritdoc/>
    public void Forward(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView normed, MatrixView branch, Qwen35Workspace workspace)
    {
        int rows = normed.Rows, queryWidth = _config.QueryHeads * _config.HeadWidth, keyWidth = _config.KeyHeads * _config.HeadWidth;
        MatrixView all = workspace.AttentionProjection.Rows(rows), mix = workspace.Mix.Rows(rows);
        device.GemmPacked(normed, _projection, all);
        MatrixView queries = all.LeadingColumns(queryWidth), gate = all.ColumnRange(queryWidth, queryWidth);
        MatrixView keys = all.ColumnRange(2 * queryWidth, keyWidth), values = all.ColumnRange(2 * queryWidth + keyWidth, keyWidth);
        device.RmsNorm(queries, _queryGain, 1f, _config.Epsilon, queries, _config.QueryHeads);
        device.RmsNorm(keys, _keyGain, 1f, _config.Epsilon, keys, _config.KeyHeads);
        workspace.Rotary.Reach(pass.FirstPosition + tokens.Length);
        device.Rotate(queries, _config.HeadWidth, tokens.Length, pass.FirstPosition, workspace.Rotary.Cosines, workspace.Rotary.Sines);
        device.Rotate(keys, _config.HeadWidth, tokens.Length, pass.FirstPosition, workspace.Rotary.Cosines, workspace.Rotary.Sines);

        int before = 0, stride = tokens.Length;
        if (pass.CacheInUse is KeyValueCache cache)
        {
            cache.Append(device, _index, keys, values);
            (before, stride, keys, values) = (cache.Length, cache.Capacity, cache.Keys(_index), cache.Values(_index));
        }

        HookPoint pattern = new(HookSite.AttentionPattern, _layer);
        AttentionShape shape = new(tokens.Sequences, _config.QueryHeads, tokens.Length, before + tokens.Length, stride, 1f / MathF.Sqrt(_config.HeadWidth))
        {
            KeyHeads = _config.KeyHeads,
        };
        device.CausalAttention(shape, queries, keys, values, mix, pass.TargetOf(pattern));
        pass.Written(pattern);
        device.Gate(Activation.Sigmoid, gate, mix, mix);
        pass.Tap(new HookPoint(HookSite.AttentionMix, _layer), mix);
        if (!pass.IsDone) device.GemmPacked(mix, _output, branch);
    }

    public void Dispose()
    {
        _queryGain.Dispose();
        _keyGain.Dispose();
        _projection.Dispose();
        _output.Dispose();
    }

    /// <summary>Queries and gates are stored head by head, [query | gate]; here all queries come first, then all gates, keys, values.</summary>
    private static PackedMatrix ReadProjection(Qwen35Config config, WeightReader reader, Device device, string name)
    {
        int width = config.HeadWidth, queryWidth = config.QueryHeads * width, keyWidth = config.KeyHeads * width;
        using Matrix stored = device.Allocate(2 * queryWidth, config.Width), ordered = device.Allocate(ProjectedWidth(config), config.Width);
        reader.Into($"{name}q_proj.weight", stored, 2 * queryWidth, config.Width);
        for (int head = 0; head < config.QueryHeads; head++)
        {
            device.Copy(stored.RowRange(2 * head * width, width), ordered.RowRange(head * width, width));
            device.Copy(stored.RowRange((2 * head + 1) * width, width), ordered.RowRange(queryWidth + head * width, width));
        }

        reader.Into($"{name}k_proj.weight", ordered.RowRange(2 * queryWidth, keyWidth), keyWidth, config.Width);
        reader.Into($"{name}v_proj.weight", ordered.RowRange(2 * queryWidth + keyWidth, keyWidth), keyWidth, config.Width);
        return reader.PackRows(ordered);
    }
}
