using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Qwen35;

/// <summary>A Qwen3.5 or Qwen3-Next text model; vision and multi-token-prediction weights of a published file are left alone.</summary>
internal sealed class Qwen35Model : LanguageModel
{
    private const string HeadName = "lm_head.weight";

    private readonly Qwen35Config _config;
    private readonly Matrix _tokenEmbedding;
    private readonly Qwen35Block[] _blocks;
    private readonly Matrix _finalGain;
    private readonly UnembeddingMatrix _unembedding;
    private readonly WorkspacePool<Qwen35Workspace> _workspaces;

    public Qwen35Model(Qwen35Config config, ITensorSource source, Device device)
        : base(config.Describe(), device)
    {
        _config = config;
        string prefix = source.Contains("model.language_model.embed_tokens.weight") ? "model.language_model." : "model.";
        using WeightReader reader = new(source, prefix, config.Path, device);
        _tokenEmbedding = reader.Matrix("embed_tokens.weight", config.Vocabulary, config.Width);
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => new Qwen35Block(config, reader, device, layer))];
        _finalGain = reader.Vector("norm.weight", config.Width);
        PackedMatrix? own = config.Tied ? null : reader.Packed(HeadName, config.Vocabulary, config.Width, GemmShape.NT, prefixed: false);
        _unembedding = new UnembeddingMatrix(device, _tokenEmbedding, own);
        reader.RefuseUnread(name => name == HeadName || name.StartsWith("mtp.", StringComparison.Ordinal)
            || name.StartsWith("model.visual.", StringComparison.Ordinal) || name.StartsWith("visual.", StringComparison.Ordinal));
        _workspaces = new WorkspacePool<Qwen35Workspace>(() => new Qwen35Workspace(device, config));
    }

    /// <inheritdoc/>
    public override void Unembed(MatrixView finalNorm, MatrixView logits) => Device.GemmPacked(finalNorm, _unembedding.Packed, logits);

    /// <inheritdoc/>
    public override ModelCache CreateCache(int sequences, int capacity)
    {
        int attention = _config.IsAttention.Count(isAttention => isAttention);
        return new RecurrentCache(
            Device, Enumerable.Repeat(_config.Delta, _config.Layers - attention), attention, _config.KeyHeads * _config.HeadWidth, sequences, capacity);
    }

    /// <inheritdoc/>
    protected override void Run(TokenBatch tokens, ForwardPass pass)
    {
        Qwen35Workspace workspace = _workspaces.Rent();
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
        foreach (Qwen35Block block in _blocks) block.Dispose();
        _tokenEmbedding.Dispose();
        _finalGain.Dispose();
        _unembedding.Dispose();
    }

    private void Run(TokenBatch tokens, ForwardPass pass, Qwen35Workspace workspace)
    {
        MatrixView residual = workspace.Residual.Rows(tokens.Ids.Length);
        Device.GatherRows(_tokenEmbedding, tokens.Ids, residual);
        pass.Tap(new HookPoint(HookSite.Embed), residual);
        foreach (Qwen35Block block in _blocks)
        {
            if (pass.IsDone) return;
            block.Forward(Device, tokens, pass, residual, workspace);
        }

        if (pass.IsDone) return;
        MatrixView normed = workspace.Normed.Rows(residual.Rows);
        Device.RmsNorm(residual, _finalGain, 1f, _config.Epsilon, normed);
        FinalValues.Give(this, tokens, pass, normed, workspace.Last, workspace.Indices(tokens.Sequences));
    }
}
