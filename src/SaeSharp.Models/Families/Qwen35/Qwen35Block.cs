using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Qwen35;

/// <summary>One block: x += mixer(norm(x)); x += mlp(norm(x)).</summary>
internal sealed class Qwen35Block : IDisposable
{
    private readonly Qwen35Config _config;
    private readonly int _layer;
    private readonly IQwen35Mixer _mixer;
    private readonly Matrix _mixerGain;
    private readonly Matrix _mlpGain;
    private readonly PackedMatrix _gateAndUp;
    private readonly PackedMatrix _down;

    public Qwen35Block(Qwen35Config config, WeightReader reader, Device device, int layer)
    {
        (_config, _layer) = (config, layer);
        int attentionBefore = config.IsAttention.Take(layer).Count(isAttention => isAttention);
        _mixer = config.IsAttention[layer]
            ? new GatedAttentionMixer(config, reader, device, layer, attentionBefore)
            : new GatedDeltaMixer(config, reader, device, layer, layer - attentionBefore);
        string name = $"layers.{layer}.";
        _mixerGain = reader.Vector($"{name}input_layernorm.weight", config.Width);
        _mlpGain = reader.Vector($"{name}post_attention_layernorm.weight", config.Width);
        _gateAndUp = reader.PackedStack(config.Width, ($"{name}mlp.gate_proj.weight", config.Hidden), ($"{name}mlp.up_proj.weight", config.Hidden));
        _down = reader.Packed($"{name}mlp.down_proj.weight", config.Width, config.Hidden, GemmShape.NT);
    }

    /// <summary>Runs the block on the residual stream, until the pass has what it wants.</summary>
    public void Forward(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView residual, Qwen35Workspace workspace)
    {
        pass.Tap(new HookPoint(HookSite.ResidualPre, _layer), residual);
        if (pass.IsDone) return;
        MatrixView normed = workspace.Normed.Rows(residual.Rows), branch = workspace.Branch.Rows(residual.Rows);
        device.RmsNorm(residual, _mixerGain, 1f, _config.Epsilon, normed);
        _mixer.Forward(device, tokens, pass, normed, branch, workspace);
        if (pass.IsDone) return;
        pass.Tap(new HookPoint(HookSite.AttentionOut, _layer), branch);
        if (pass.IsDone) return;
        device.Axpby(1f, branch, 1f, residual);
        pass.Tap(new HookPoint(HookSite.ResidualMid, _layer), residual);
        if (pass.IsDone) return;

        MatrixView gateAndUp = workspace.GateAndUp.Rows(residual.Rows), hidden = workspace.Hidden.Rows(residual.Rows);
        device.RmsNorm(residual, _mlpGain, 1f, _config.Epsilon, normed);
        device.GemmPacked(normed, _gateAndUp, gateAndUp);
        device.Gate(Activation.Silu, gateAndUp.LeadingColumns(_config.Hidden), gateAndUp.ColumnRange(_config.Hidden, _config.Hidden), hidden);
        pass.Tap(new HookPoint(HookSite.MlpHidden, _layer), hidden);
        if (pass.IsDone) return;
        device.GemmPacked(hidden, _down, branch);
        pass.Tap(new HookPoint(HookSite.MlpOut, _layer), branch);
        if (pass.IsDone) return;
        device.Axpby(1f, branch, 1f, residual);
        pass.Tap(new HookPoint(HookSite.ResidualPost, _layer), residual);
    }

    public void Dispose()
    {
        _mixer.Dispose();
        _mixerGain.Dispose();
        _mlpGain.Dispose();
        _gateAndUp.Dispose();
        _down.Dispose();
    }
}
