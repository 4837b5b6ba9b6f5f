using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Rwkv7;

/// <summary>A Mamba-2 model.</summary>
internal sealed class Rwkv7Model : LanguageModel
{
    private const string HeadName = "lm_head.weight";

    private readonly Rwkv7Config _config;
    private readonly Matrix _tokenEmbedding;
    private readonly Rwkv7Block[] _blocks;
    private readonly Rwkv7Norm _finalNorm;
    private readonly UnembeddingMatrix _unembedding;
    private readonly WorkspacePool<Rwkv7Workspace> _workspaces;

    public Rwkv7Model(Rwkv7Config config, ITensorSource source, Device device)
        : base(config.Describe(), device)
    {
        _config = config;
        using WeightReader reader = new(source, "model.", config.Path, device);
        _tokenEmbedding = reader.Matrix("embeddings.weight", config.Vocabulary, config.Width);
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => new Rwkv7Block(config, reader, layer))];
        _finalNorm = new Rwkv7Norm(config, reader, "norm");
        PackedMatrix? own = config.Tied ? null : reader.Packed(HeadName, config.Vocabulary, config.Width, GemmShape.NT, prefixed: false);
        _unembedding = new UnembeddingMatrix(device, _tokenEmbedding, own);
        reader.RefuseUnread(name => name == HeadName);
        _workspaces = new WorkspacePool<Rwkv7Workspace>(() => new Rwkv7Workspace(device, config));
    }

    /// <inheritdoc/>
    public override void Unembed(MatrixView finalNorm, MatrixView logits) => Device.GemmPacked(finalNorm, _unembedding.Packed, logits);

    /// <inheritdoc/>
    public override ModelCache CreateCache(int sequences, int capacity) =>
        new RecurrentCache(Device, Enumerable.Repeat(_config.States, _config.Layers), 0, 1, sequences, capacity);

    /// <inheritdoc/>
    protected override void Run(TokenBatch tokens, ForwardPass pass)
    {
        Rwkv7Workspace workspace = _workspaces.Rent();
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
        foreach (Rwkv7Block block in _blocks) block.Dispose();
        _tokenEmbedding.Dispose();
        _finalNorm.Dispose();
        _unembedding.Dispose();
    }

    private void Run(TokenBatch tokens, ForwardPass pass, Rwkv7Workspace workspace)
    {
        MatrixView residual = workspace.Residual.Rows(tokens.Ids.Length);
        Device.GatherRows(_tokenEmbedding, tokens.Ids, residual);
        pass.Tap(new HookPoint(HookSite.Embed), residual);
        foreach (Rwkv7Block block in _blocks)
        {
            if (pass.IsDone) return;
            block.Forward(Device, tokens, pass, residual, workspace);
        }

        if (pass.IsDone) return;
        MatrixView normed = workspace.Normed.Rows(residual.Rows);
        _finalNorm.Apply(Device, residual, normed);
        FinalValues.Give(this, tokens, pass, normed, workspace.Last, workspace.Indices(tokens.Sequences));
    }
}
