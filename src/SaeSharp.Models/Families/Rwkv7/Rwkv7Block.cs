using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Rwkv7;

/// <summary>One block: x += mixer(norm(x)); x += mlp(norm(x)); block 0 norms the embedding first.</summary>
internal sealed class Rwkv7Block : IDisposable
{
    private readonly int _layer;
    private readonly Rwkv7Norm? _embeddingNorm;
    private readonly Rwkv7Norm _mixerNorm;
    private readonly Rwkv7Norm _mlpNorm;
    private readonly Rwkv7Mixer _mixer;
    private readonly Matrix _share;
    private readonly PackedMatrix _up;
    private readonly PackedMatrix _down;

    public Rwkv7Block(Rwkv7Config config, WeightReader reader, int layer)
    {
        _layer = layer;
        string name = $"layers.{layer}.";
        _embeddingNorm = layer == 0 && config.NormsEmbedding ? new Rwkv7Norm(config, reader, $"{name}pre_norm") : null;
        _mixerNorm = new Rwkv7Norm(config, reader, $"{name}attn_norm");
        _mlpNorm = new Rwkv7Norm(config, reader, $"{name}ffn_norm");
        _mixer = new Rwkv7Mixer(config, reader, layer);
        _share = reader.FlatVector($"{name}ffn.x_k", config.Width);
        _up = reader.Packed($"{name}ffn.key.weight", config.Hidden, config.Width, GemmShape.NT);
        _down = reader.Packed($"{name}ffn.value.weight", config.Width, config.Hidden, GemmShape.NT);
    }

    /// <summary>Runs the block on the residual stream, until the pass has what it wants.</summary>
    public void Forward(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView residual, Rwkv7Workspace workspace)
    {
        _embeddingNorm?.Apply(device, residual, residual);
        pass.Tap(new HookPoint(HookSite.ResidualPre, _layer), residual);
        if (pass.IsDone) return;
        RecurrentMemory memory = workspace.State;
        if (pass.CacheInUse is RecurrentCache cache) memory = cache.Layer(_layer);
        else memory.Clear(tokens.Sequences);
        MatrixView mixerInput = memory.Window.RowRange(0, tokens.Sequences), mlpInput = memory.Window.RowRange(tokens.Sequences, tokens.Sequences);
        Span<int> last = workspace.Indices(tokens.Sequences);
        for (int sequence = 0; sequence < last.Length; sequence++) last[sequence] = (sequence + 1) * tokens.Length - 1;

        MatrixView normed = workspace.Normed.Rows(residual.Rows), branch = workspace.Branch.Rows(residual.Rows);
        _mixerNorm.Apply(device, residual, normed);
        _mixer.Forward(device, tokens, pass, memory.States, mixerInput, branch, workspace);
        if (pass.IsDone) return;
        device.GatherRows(normed, last, mixerInput);
        pass.Tap(new HookPoint(HookSite.AttentionOut, _layer), branch);
        if (pass.IsDone) return;
        device.Axpby(1f, branch, 1f, residual);
        pass.Tap(new HookPoint(HookSite.ResidualMid, _layer), residual);
        if (pass.IsDone) return;

        MatrixView shifted = workspace.Shifted.Rows(residual.Rows), hidden = workspace.Hidden.Rows(residual.Rows);
        _mlpNorm.Apply(device, residual, normed);
        device.ShiftTokens(tokens.Sequences, normed, mlpInput, _share, shifted);
        device.GatherRows(normed, last, mlpInput);
        device.GemmPacked(shifted, _up, hidden);
        device.Activate(Activation.SquaredRelu, hidden, default, hidden);
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
        _embeddingNorm?.Dispose();
        _mixerNorm.Dispose();
        _mlpNorm.Dispose();
        _mixer.Dispose();
        _share.Dispose();
        _up.Dispose();
        _down.Dispose();
    }
}
