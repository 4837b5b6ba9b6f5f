using SaeSharp.Models.Forward;
using SaeSharp.Models.States;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Rwkv7;

/// <summary>RWKV-7's time mixing.</summary>
/// <remarks>Sections 1.4 and 9.4 of the notes on WriteSAE (arXiv 2605.12770), after flash-linear-attention's layer.</remarks>
internal sealed class Rwkv7Mixer : IDisposable
{
    /// <summary>exp(−½): decays are exp(−that · sigmoid), so between 0.545 and 1.</summary>
    private const float DecayScale = -0.6065306597126334f;

    private readonly Rwkv7Config _config;
    private readonly int _layer;
    private readonly Matrix[] _shares;
    private readonly PackedMatrix _query;
    private readonly PackedMatrix _key;
    private readonly PackedMatrix _value;
    private readonly PackedMatrix _output;
    private readonly LowRankMap _decay;
    private readonly LowRankMap _erase;
    private readonly LowRankMap? _firstValue;
    private readonly LowRankMap _gate;
    private readonly Matrix _eraseScale;
    private readonly Matrix _keyScale;
    private readonly Matrix _bonus;
    private readonly Matrix _gain;
    private readonly Matrix _bias;

    public Rwkv7Mixer(Rwkv7Config config, WeightReader reader, int layer)
    {
        (_config, _layer) = (config, layer);
        string name = $"layers.{layer}.attn.";
        int width = config.Width;
        _shares = ReadShares(reader, name, width);
        _query = reader.Packed($"{name}r_proj.weight", width, width, GemmShape.NT);
        _key = reader.Packed($"{name}k_proj.weight", width, width, GemmShape.NT);
        _value = reader.Packed($"{name}v_proj.weight", width, width, GemmShape.NT);
        _output = reader.Packed($"{name}o_proj.weight", width, width, GemmShape.NT);
        _decay = new LowRankMap(reader, $"{name}w_lora", width, config.DecayRank, Activation.Tanh, Activation.Sigmoid, hasBias: true);
        _erase = new LowRankMap(reader, $"{name}a_lora", width, config.EraseRank, Activation.Identity, Activation.Sigmoid, hasBias: true);
        _firstValue = layer == 0 ? null : new LowRankMap(reader, $"{name}v_lora", width, config.ValueRank, Activation.Identity, Activation.Sigmoid, hasBias: true);
        _gate = new LowRankMap(reader, $"{name}g_lora", width, config.GateRank, Activation.Sigmoid, Activation.Identity, hasBias: false);
        _eraseScale = reader.FlatVector($"{name}k_k", width);
        _keyScale = reader.FlatVector($"{name}k_a", width);
        _bonus = reader.Vector($"{name}r_k", width, config.Heads, config.States.KeyWidth);
        _gain = reader.Vector($"{name}g_norm.weight", width);
        _bias = reader.Vector($"{name}g_norm.bias", width);
    }

    private enum Share
    {
        Query,
        Decay,
        Key,
        Value,
        Erase,
        Gate,
    }

    /// <summary>Mixes; stops early when the pass has what it wants.</summary>
    /// <param name="device">Where the numbers are.</param>
    /// <param name="tokens">The batch.</param>
    /// <param name="pass">Whose hook points values go through.</param>
    /// <param name="states">The layer's states.</param>
    /// <param name="previous">[sequences, width]: the inputs before the first tokens.</param>
    /// <param name="branch">[tokens, width]: what the residual stream gets.</param>
    /// <param name="workspace">The memory of the pass; its normed values are the input.</param>
    public void Forward(Device device, in TokenBatch tokens, ForwardPass pass, MatrixView states, MatrixView previous, MatrixView branch, Rwkv7Workspace workspace)
    {
        int rows = branch.Rows, heads = _config.Heads, sequences = tokens.Sequences;
        MatrixView input = workspace.Normed.Rows(rows), scratch = workspace.Scratch.Rows(rows), gates = workspace.Gates.Rows(rows), reads = workspace.Reads.Rows(rows);
        MatrixView q = workspace.Queries.Rows(rows), k = workspace.Keys.Rows(rows), v = workspace.Values.Rows(rows), decays = workspace.Decays.Rows(rows);
        MatrixView kappa = workspace.EraseKeys.Rows(rows), a = workspace.EraseRates.Rows(rows), writes = workspace.EraseWrites.Rows(rows);

        device.GemmPacked(Shift(Share.Query), _query, q);
        device.GemmPacked(Shift(Share.Key), _key, k);
        device.GemmPacked(Shift(Share.Value), _value, v);
        MixFirstValues(device, workspace.Shifted.Rows(rows), v, scratch, workspace);
        _decay.Apply(device, Shift(Share.Decay), workspace.DecayRank, decays);
        device.Axpby(DecayScale, decays, 0f, decays);
        device.Activate(Activation.Exponential, decays, default, decays);
        _erase.Apply(device, Shift(Share.Erase), workspace.EraseRank, a);
        _gate.Apply(device, Shift(Share.Gate), workspace.GateRank, gates);

        device.MultiplyRowVector(k, _eraseScale, kappa);
        if (_config.FusedNorm) device.UnitHeads(kappa, heads, NormFloor.UnderRoot, 1e-6f, 1f, kappa);
        else device.UnitHeads(kappa, heads, NormFloor.LeastNorm, 1e-12f, 1f, kappa);
        device.Multiply(kappa, a, writes);

        // k̃ = k ∘ (1 + (a − 1) ∘ k_a)
        device.MultiplyRowVector(k, _keyScale, scratch);
        device.Axpby(-1f, scratch, 1f, k);
        device.AddProduct(1f, a, scratch, k);

        RecurrentLayer.Run(device, _layer, tokens, pass, new RecurrentOperands
        {
            Rule = RecurrentRule.Generalized,
            Heads = heads,
            KeyHeads = heads,
            Queries = q,
            Keys = k,
            Values = v,
            Decays = decays,
            EraseKeys = kappa,
            EraseRates = a,
            EraseWrites = writes,
            EraseValues = workspace.EraseValues.Rows(rows),
            States = states,
            Outputs = reads,
        });
        if (pass.IsDone) return;
        device.GroupNorm(reads, _gain, _bias, heads, _config.States.KeyWidth * _config.Epsilon, reads);
        device.AddAgreement(q, k, _bonus, v, heads, reads);
        device.Multiply(reads, gates, reads);
        device.GemmPacked(reads, _output, branch);

        MatrixView Shift(Share share)
        {
            MatrixView shifted = workspace.Shifted.Rows(rows);
            device.ShiftTokens(sequences, input, previous, _shares[(int)share], shifted);
            return shifted;
        }
    }

    public void Dispose()
    {
        foreach (Matrix matrix in (Matrix[])[.. _shares, _eraseScale, _keyScale, _bonus, _gain, _bias]) matrix.Dispose();
        foreach (PackedMatrix matrix in (PackedMatrix[])[_query, _key, _value, _output]) matrix.Dispose();
        foreach (LowRankMap map in (LowRankMap[])[_decay, _erase, _gate]) map.Dispose();
        _firstValue?.Dispose();
    }

    /// <summary>How much of the token before is mixed in, in the order of <see cref="Share"/>; old files hold all six in one tensor.</summary>
    private static Matrix[] ReadShares(WeightReader reader, string name, int width)
    {
        string[] letters = ["r", "w", "k", "v", "a", "g"];
        if (!reader.Has($"{name}x_x")) return [.. letters.Select(letter => reader.FlatVector($"{name}x_{letter}", width))];
        using Matrix all = reader.Device.Allocate(letters.Length, width);
        reader.Into($"{name}x_x", all, letters.Length, width);
        Matrix[] shares = [.. letters.Select(_ => reader.Device.Allocate(1, width))];
        for (int i = 0; i < shares.Length; i++) all.Row(i).CopyTo(shares[i].AsSpan());
        return shares;
    }

    /// <summary>Block 0 keeps its values; the others mix them in: v += (v₀ − v) ∘ share(x).</summary>
    private void MixFirstValues(Device device, MatrixView shifted, MatrixView values, MatrixView share, Rwkv7Workspace workspace)
    {
        MatrixView first = workspace.FirstValues.Rows(values.Rows);
        if (_firstValue is null)
        {
            device.Copy(values, first);
            return;
        }

        // The room for what is read from the states is still free.
        MatrixView difference = workspace.Reads.Rows(values.Rows);
        _firstValue.Apply(device, shifted, workspace.ValueRank, share);
        device.Copy(first, difference);
        device.Axpby(-1f, values, 1f, difference);
        device.AddProduct(1f, difference, share, values);
    }
}
