using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Gpt2;

/// <summary>One block: x += attention(norm(x)); x += mlp(norm(x)).</summary>
internal sealed class Gpt2Block : IDisposable
{
    private readonly int _layer;
    private readonly int _heads;
    private readonly float _attentionScale;
    private readonly float _epsilon;
    private readonly Activation _activation;
    private readonly Matrix _attentionGain;
    private readonly Matrix _attentionShift;
    private readonly PackedMatrix _queryKeyValue;
    private readonly Matrix _queryKeyValueBias;
    private readonly PackedMatrix _attentionOutput;
    private readonly Matrix _attentionOutputBias;
    private readonly Matrix _mlpGain;
    private readonly Matrix _mlpShift;
    private readonly PackedMatrix _mlpInput;
    private readonly Matrix _mlpInputBias;
    private readonly PackedMatrix _mlpOutput;
    private readonly Matrix _mlpOutputBias;

    public Gpt2Block(Gpt2Config config, WeightReader reader, int layer)
    {
        _layer = layer;
        _heads = config.Heads;
        _attentionScale = config.AttentionScale(layer);
        _epsilon = config.Epsilon;
        _activation = config.Activation;
        int width = config.Width;
        string name = $"h.{layer}.";
        _attentionGain = reader.Vector($"{name}ln_1.weight", width);
        _attentionShift = reader.Vector($"{name}ln_1.bias", width);
        _queryKeyValue = reader.Packed($"{name}attn.c_attn.weight", width, 3 * width, GemmShape.NN);
        _queryKeyValueBias = reader.Vector($"{name}attn.c_attn.bias", 3 * width);
        _attentionOutput = reader.Packed($"{name}attn.c_proj.weight", width, width, GemmShape.NN);
        _attentionOutputBias = reader.Vector($"{name}attn.c_proj.bias", width);
        _mlpGain = reader.Vector($"{name}ln_2.weight", width);
        _mlpShift = reader.Vector($"{name}ln_2.bias", width);
        _mlpInput = reader.Packed($"{name}mlp.c_fc.weight", width, config.Hidden, GemmShape.NN);
        _mlpInputBias = reader.Vector($"{name}mlp.c_fc.bias", config.Hidden);
        _mlpOutput = reader.Packed($"{name}mlp.c_proj.weight", config.Hidden, width, GemmShape.NN);
        _mlpOutputBias = reader.Vector($"{name}mlp.c_proj.bias", width);
    }

    /// <summary>Runs the block on the residual stream, until the pass has what it wants.</summary>
    public void Forward(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView residual, Gpt2Workspace workspace)
    {
        pass.Tap(new HookPoint(HookSite.ResidualPre, _layer), residual);
        if (pass.IsDone) return;
        Attend(device, tokens, pass, residual, workspace);
        if (pass.IsDone) return;
        pass.Tap(new HookPoint(HookSite.ResidualMid, _layer), residual);
        if (pass.IsDone) return;
        Think(device, pass, residual, workspace);
        if (pass.IsDone) return;
        pass.Tap(new HookPoint(HookSite.ResidualPost, _layer), residual);
    }

    public void Dispose()
    {
        foreach (Matrix matrix in (Matrix[])[_attentionGain, _attentionShift, _queryKeyValueBias, _attentionOutputBias, _mlpGain, _mlpShift, _mlpInputBias, _mlpOutputBias]) matrix.Dispose();
        foreach (PackedMatrix matrix in (PackedMatrix[])[_queryKeyValue, _attentionOutput, _mlpInput, _mlpOutput]) matrix.Dispose();
    }

    private void Attend(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView residual, Gpt2Workspace workspace)
    {
        int rows = residual.Rows, width = residual.Columns;
        MatrixView normed = workspace.Normed.Rows(rows), all = workspace.QueryKeyValue.Rows(rows), mix = workspace.Mix.Rows(rows);
        device.LayerNorm(residual, _attentionGain, _attentionShift, _epsilon, normed);
        device.GemmPacked(normed, _queryKeyValue, all);
        device.AddRowVector(all, 1f, _queryKeyValueBias, all);

        MatrixView keys = all.ColumnRange(width, width), values = all.ColumnRange(2 * width, width);
        int before = 0, stride = tokens.Length;
        if (pass.CacheInUse is KeyValueCache cache)
        {
            cache.Append(device, _layer, keys, values);
            (before, stride, keys, values) = (cache.Length, cache.Capacity, cache.Keys(_layer), cache.Values(_layer));
        }

        HookPoint pattern = new(HookSite.AttentionPattern, _layer);
        AttentionShape shape = new(tokens.Sequences, _heads, tokens.Length, before + tokens.Length, stride, _attentionScale);
        device.CausalAttention(shape, all.LeadingColumns(width), keys, values, mix, pass.TargetOf(pattern));
        pass.Written(pattern);
        pass.Tap(new HookPoint(HookSite.AttentionMix, _layer), mix);
        if (pass.IsDone) return;

        AddBranch(device, pass, HookSite.AttentionOut, mix, _attentionOutput, _attentionOutputBias, residual, workspace);
    }

    private void Think(Device device, ForwardPass pass, MatrixView residual, Gpt2Workspace workspace)
    {
        MatrixView normed = workspace.Normed.Rows(residual.Rows), hidden = workspace.Hidden.Rows(residual.Rows);
        device.LayerNorm(residual, _mlpGain, _mlpShift, _epsilon, normed);
        device.GemmPacked(normed, _mlpInput, hidden);
        device.Activate(_activation, hidden, _mlpInputBias, hidden);
        pass.Tap(new HookPoint(HookSite.MlpHidden, _layer), hidden);
        if (pass.IsDone) return;
        AddBranch(device, pass, HookSite.MlpOut, hidden, _mlpOutput, _mlpOutputBias, residual, workspace);
    }

    /// <summary>residual += input · weights + bias, by way of a hook point.</summary>
    private void AddBranch(
        Device device, ForwardPass pass, HookSite site, MatrixView input, PackedMatrix weights, Matrix bias, MatrixView residual, Gpt2Workspace workspace)
    {
        MatrixView branch = workspace.Branch.Rows(residual.Rows);
        device.GemmPacked(input, weights, branch);
        device.AddRowVector(branch, 1f, bias, branch);
        pass.Tap(new HookPoint(site, _layer), branch);
        if (!pass.IsDone) device.Axpby(1f, branch, 1f, residual);
    }
}
