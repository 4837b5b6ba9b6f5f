using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.States;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Mamba2;

/// <summary>One block: x += mixer(norm(x)). Keys are B, queries C, values x, strengths the step sizes dt.</summary>
/// <remarks>Section 9.3 of the notes on WriteSAE (arXiv 2605.12770); the output gate comes before its norm, and D skips the state.</remarks>
internal sealed class Mamba2Block : IDisposable
{
    private readonly Mamba2Config _config;
    private readonly int _layer;
    private readonly Matrix _gain;
    private readonly PackedMatrix _projection;
    private readonly Matrix _taps;
    private readonly Matrix? _convolutionBias;
    private readonly Matrix _stepBias;
    private readonly Matrix _rate;
    private readonly Matrix _skip;
    private readonly Matrix _innerGain;
    private readonly PackedMatrix _output;

    public Mamba2Block(Mamba2Config config, WeightReader reader, int layer)
    {
        (_config, _layer) = (config, layer);
        string name = $"layers.{layer}.mixer.";
        int heads = config.States.Heads;
        _gain = reader.Vector($"layers.{layer}.norm.weight", config.Width);
        _projection = reader.Packed($"{name}in_proj.weight", config.Projected, config.Width, GemmShape.NT);
        _taps = reader.Taps($"{name}conv1d.weight", config.States.WindowWidth, config.Taps);
        _convolutionBias = config.ConvolutionBias ? reader.Vector($"{name}conv1d.bias", config.States.WindowWidth) : null;
        _stepBias = reader.Vector($"{name}dt_bias", heads);
        _rate = reader.DecayRates($"{name}A_log", heads);
        _skip = reader.Vector($"{name}D", heads);
        _innerGain = reader.Vector($"{name}norm.weight", config.Inner);
        _output = reader.Packed($"{name}out_proj.weight", config.Width, config.Inner, GemmShape.NT);
    }

    /// <summary>Runs the block on the residual stream, until the pass has what it wants.</summary>
    public void Forward(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView residual, Mamba2Workspace workspace)
    {
        pass.Tap(new HookPoint(HookSite.ResidualPre, _layer), residual);
        if (pass.IsDone) return;
        int rows = residual.Rows, inner = _config.Inner, keys = _config.KeysWidth, heads = _config.States.Heads, convolved = _config.States.WindowWidth;
        RecurrentMemory memory = workspace.State;
        if (pass.CacheInUse is RecurrentCache cache) memory = cache.Layer(_layer);
        else memory.Clear(tokens.Sequences);

        MatrixView normed = workspace.Normed.Rows(rows), all = workspace.Projection.Rows(rows), mixed = workspace.Convolved.Rows(rows);
        device.RmsNorm(residual, _gain, 0f, _config.Epsilon, normed);
        device.GemmPacked(normed, _projection, all);
        MatrixView bias = _convolutionBias is null ? default : _convolutionBias.View;
        device.CausalConvolution(Activation.Silu, tokens.Sequences, all.ColumnRange(inner, convolved), _taps, bias, memory.Window, mixed);
        MatrixView gate = all.LeadingColumns(inner), steps = all.ColumnRange(inner + convolved, heads), decays = workspace.Decays.Rows(rows);
        device.StepSizes(steps, _stepBias, _rate, _config.LeastStep, _config.MostStep, steps, decays);

        MatrixView reads = workspace.Reads.Rows(rows), values = mixed.LeadingColumns(inner);
        RecurrentLayer.Run(device, _layer, tokens, pass, new RecurrentOperands
        {
            Rule = RecurrentRule.Additive,
            Heads = heads,
            KeyHeads = _config.Groups,
            Queries = mixed.ColumnRange(inner + keys, keys),
            Keys = mixed.ColumnRange(inner, keys),
            Values = values,
            Decays = decays,
            Strengths = steps,
            States = memory.States,
            Outputs = reads,
        });
        if (pass.IsDone) return;
        MatrixView branch = workspace.Branch.Rows(rows);
        device.AddScaledHeads(values, _skip, reads);
        device.Gate(Activation.Silu, gate, reads, reads);
        device.RmsNorm(reads, _innerGain, 0f, _config.Epsilon, reads, _config.NormGroups);
        device.GemmPacked(reads, _output, branch);
        pass.Tap(new HookPoint(HookSite.MixerOut, _layer), branch);
        if (pass.IsDone) return;
        device.Axpby(1f, branch, 1f, residual);
        pass.Tap(new HookPoint(HookSite.ResidualPost, _layer), residual);
    }

    public void Dispose()
    {
        foreach (Matrix matrix in (Matrix[])[_gain, _taps, _stepBias, _rate, _skip, _innerGain]) matrix.Dispose();
        _convolutionBias?.Dispose();
        _projection.Dispose();
        _output.Dispose();
    }
}
