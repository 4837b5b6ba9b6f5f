using SaeSharp.Models.Forward;
using SaeSharp.Models.States;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Qwen35;

/// <summary>Gated DeltaNet: short convolution, unit queries and keys, gated delta rule, norm, output gate.</summary>
/// <remarks>Section 9.2 of the notes on WriteSAE (arXiv 2605.12770); transformers' <c>Qwen3_5GatedDeltaNet</c>. The norm comes before its gate.</remarks>
internal sealed class GatedDeltaMixer : IQwen35Mixer
{
    private const float UnitEpsilon = 1e-6f;

    private readonly Qwen35Config _config;
    private readonly int _layer;
    private readonly int _index;
    private readonly PackedMatrix _projection;
    private readonly Matrix _taps;
    private readonly Matrix _noise;
    private readonly Matrix _rate;
    private readonly Matrix _gain;
    private readonly PackedMatrix _output;

    /// <summary>Reads a layer.</summary>
    /// <param name="config">The model.</param>
    /// <param name="reader">Its weights.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="layer">The block.</param>
    /// <param name="index">Which of the recurrent layers it is.</param>
    public GatedDeltaMixer(Qwen35Config config, WeightReader reader, Device device, int layer, int index)
    {
        (_config, _layer, _index) = (config, layer, index);
        string name = $"layers.{layer}.linear_attn.";
        int heads = config.Delta.Heads;
        _projection = config.IsPacked ? ReadPacked(config, reader, device, name) : reader.PackedStack(
            config.Width,
            ($"{name}in_proj_qkv.weight", config.Delta.WindowWidth), ($"{name}in_proj_z.weight", config.DeltaValues),
            ($"{name}in_proj_b.weight", heads), ($"{name}in_proj_a.weight", heads));
        _taps = reader.Taps($"{name}conv1d.weight", config.Delta.WindowWidth, config.Taps);
        _noise = reader.Vector($"{name}dt_bias", heads);
        _rate = reader.DecayRates($"{name}A_log", heads);
        _gain = reader.Vector($"{name}norm.weight", config.Delta.ValueWidth);
        _output = reader.Packed($"{name}out_proj.weight", config.Width, config.DeltaValues, GemmShape.NT);
    }

    /// <summary>Width of everything that is projected.</summary>
    public static int ProjectedWidth(Qwen35Config config) => checked(config.Delta.WindowWidth + config.DeltaValues + 2 * config.Delta.Heads);

    /// <inheritdoc/>
    public void Forward(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView normed, MatrixView branch, Qwen35Workspace workspace)
    {
        int rows = normed.Rows, heads = _config.Delta.Heads, keys = _config.DeltaKeys, values = _config.DeltaValues, convolved = _config.Delta.WindowWidth;
        RecurrentMemory memory = workspace.State;
        if (pass.CacheInUse is RecurrentCache cache) memory = cache.Layer(_index);
        else memory.Clear(tokens.Sequences);

        MatrixView all = workspace.DeltaProjection.Rows(rows), mixed = workspace.Convolved.Rows(rows);
        device.GemmPacked(normed, _projection, all);
        device.CausalConvolution(Activation.Silu, tokens.Sequences, all.LeadingColumns(convolved), _taps, default, memory.Window, mixed);
        MatrixView q = mixed.LeadingColumns(keys), k = mixed.ColumnRange(keys, keys), v = mixed.ColumnRange(2 * keys, values);
        device.UnitHeads(q, _config.DeltaKeyHeads, NormFloor.UnderRoot, UnitEpsilon, 1f / MathF.Sqrt(_config.Delta.KeyWidth), q);
        device.UnitHeads(k, _config.DeltaKeyHeads, NormFloor.UnderRoot, UnitEpsilon, 1f, k);
        MatrixView gate = all.ColumnRange(convolved, values);
        MatrixView strengths = all.ColumnRange(convolved + values, heads), decays = all.ColumnRange(convolved + values + heads, heads);
        device.Activate(Activation.Sigmoid, strengths, default, strengths);
        device.StepSizes(decays, _noise, _rate, 0f, float.PositiveInfinity, default, decays);

        MatrixView reads = workspace.Reads.Rows(rows);
        RecurrentLayer.Run(device, _layer, tokens, pass, new RecurrentOperands
        {
            Rule = RecurrentRule.Delta,
            Heads = heads,
            KeyHeads = _config.DeltaKeyHeads,
            Queries = q,
            Keys = k,
            Values = v,
            Decays = decays,
            Strengths = strengths,
            Deltas = workspace.Deltas.Rows(rows),
            States = memory.States,
            Outputs = reads,
        });
        if (pass.IsDone) return;
        device.RmsNorm(reads, _gain, 0f, _config.Epsilon, reads, heads);
        device.Gate(Activation.Silu, gate, reads, reads);
        device.GemmPacked(reads, _output, branch);
    }

    public void Dispose()
    {
        foreach (Matrix matrix in (Matrix[])[_taps, _noise, _rate, _gain]) matrix.Dispose();
        _projection.Dispose();
        _output.Dispose();
    }

    /// <summary>Qwen3-Next stores [q | k | v | z] and [b | a] key head by key head; here they come out as q, k, v, z, b, a of all heads.</summary>
    private static PackedMatrix ReadPacked(Qwen35Config config, WeightReader reader, Device device, string name)
    {
        int keyHeads = config.DeltaKeyHeads, key = config.Delta.KeyWidth, shared = config.Delta.Heads / keyHeads, value = shared * config.Delta.ValueWidth;
        using Matrix stored = device.Allocate(ProjectedWidth(config), config.Width), ordered = device.Allocate(stored.Rows, config.Width);
        int wide = keyHeads * 2 * (key + value), row = 0;
        reader.Into($"{name}in_proj_qkvz.weight", stored.RowRange(0, wide), wide, config.Width);
        reader.Into($"{name}in_proj_ba.weight", stored.RowRange(wide, 2 * config.Delta.Heads), 2 * config.Delta.Heads, config.Width);
        Take(0, 2 * (key + value), 0, key);
        Take(0, 2 * (key + value), key, key);
        Take(0, 2 * (key + value), 2 * key, value);
        Take(0, 2 * (key + value), 2 * key + value, value);
        Take(wide, 2 * shared, 0, shared);
        Take(wide, 2 * shared, shared, shared);
        return reader.PackRows(ordered);

        void Take(int start, int step, int offset, int count)
        {
            for (int head = 0; head < keyHeads; head++, row += count) device.Copy(stored.RowRange(start + head * step + offset, count), ordered.RowRange(row, count));
        }
    }
}
