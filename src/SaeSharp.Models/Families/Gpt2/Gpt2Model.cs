using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Gpt2;

/// <summary>A GPT-2 model.</summary>
internal sealed class Gpt2Model : LanguageModel
{
    private readonly Gpt2Config _config;
    private readonly Gpt2Weights _weights;
    private readonly WorkspacePool<Gpt2Workspace> _workspaces;

    public Gpt2Model(Gpt2Config config, ITensorSource source, Device device)
        : this(config, new Gpt2Weights(config, source, device), device)
    {
    }

    private Gpt2Model(Gpt2Config config, Gpt2Weights weights, Device device)
        : base(config.Describe(weights.IsTied), device)
    {
        _config = config;
        _weights = weights;
        _workspaces = new WorkspacePool<Gpt2Workspace>(() => new Gpt2Workspace(device, config));
    }

    /// <inheritdoc/>
    public override void Unembed(MatrixView finalNorm, MatrixView logits) => Device.GemmPacked(finalNorm, _weights.Unembedding, logits);

    /// <inheritdoc/>
    public override ModelCache CreateCache(int sequences, int capacity) => new KeyValueCache(Device, _config.Layers, _config.Width, sequences, capacity);

    /// <inheritdoc/>
    protected override void Run(TokenBatch tokens, ForwardPass pass)
    {
        Gpt2Workspace workspace = _workspaces.Rent();
        try
        {
            Run(tokens, pass, workspace);
        }
        finally
        {
            _workspaces.Return(workspace);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _workspaces.Dispose();
        _weights.Dispose();
    }

    private void Run(TokenBatch tokens, ForwardPass pass, Gpt2Workspace workspace)
    {
        MatrixView residual = workspace.Residual.Rows(tokens.Ids.Length);
        Embed(tokens, pass, residual, workspace);
        foreach (Gpt2Block block in _weights.Blocks)
        {
            if (pass.IsDone) return;
            block.Forward(Device, tokens, pass, residual, workspace);
        }

        if (pass.IsDone) return;
        MatrixView normed = workspace.Normed.Rows(residual.Rows);
        Device.LayerNorm(residual, _weights.FinalGain, _weights.FinalBias, _config.Epsilon, normed);
        pass.Tap(HookPoint.FinalNorm, normed);
        if (pass.LogitsTarget.Length > 0) Unembed(normed, pass.LogitsTarget);
        if (pass.LastLogitsTarget.Length == 0) return;

        MatrixView last = workspace.Last.Rows(tokens.Sequences);
        Span<int> rows = workspace.Indices(tokens.Sequences);
        for (int sequence = 0; sequence < rows.Length; sequence++) rows[sequence] = (sequence + 1) * tokens.Length - 1;
        Device.GatherRows(normed, rows, last);
        Unembed(last, pass.LastLogitsTarget);
    }

    private void Embed(TokenBatch tokens, ForwardPass pass, MatrixView residual, Gpt2Workspace workspace)
    {
        MatrixView positions = workspace.Branch.Rows(residual.Rows);
        Span<int> indices = workspace.Indices(residual.Rows);
        int first = pass.CacheInUse?.Length ?? 0;
        for (int row = 0; row < indices.Length; row++) indices[row] = first + row % tokens.Length;
        Device.GatherRows(_weights.TokenEmbedding, tokens.Ids, residual);
        pass.Tap(new HookPoint(HookSite.Embed), residual);
        if (pass.IsDone) return;
        Device.GatherRows(_weights.PositionEmbedding, indices, positions);
        pass.Tap(new HookPoint(HookSite.PositionEmbed), positions);
        if (!pass.IsDone) Device.Axpby(1f, positions, 1f, residual);
    }
}
