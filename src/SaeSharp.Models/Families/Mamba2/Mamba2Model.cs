using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Mamba2;

/// <summary>A Mamba-2 model.</summary>
internal sealed class Mamba2Model : LanguageModel
{
    private const string HeadName = "lm_head.weight";

    private readonly Mamba2Config _config;
    private readonly Matrix _tokenEmbedding;
    private readonly Mamba2Block[] _blocks;
    private readonly Matrix _finalGain;
    private readonly UnembeddingMatrix _unembedding;
    private readonly WorkspacePool<Mamba2Workspace> _workspaces;

    public Mamba2Model(Mamba2Config config, ITensorSource source, Device device)
        : base(config.Describe(), device)
    {
        _config = config;
        using WeightReader reader = new(source, "backbone.", config.Path, device);
        _tokenEmbedding = reader.Matrix(reader.Has("embedding.weight") ? "embedding.weight" : "embeddings.weight", config.Vocabulary, config.Width);
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => new Mamba2Block(config, reader, layer))];
        _finalGain = reader.Vector("norm_f.weight", config.Width);

        // The original writes its tied unembedding out; it is read as it stands.
        bool hasOwn = !config.Tied || (config.IsOriginal && reader.Has(HeadName, prefixed: false));
        PackedMatrix? own = hasOwn ? reader.Packed(HeadName, config.Vocabulary, config.Width, GemmShape.NT, prefixed: false) : null;
        _unembedding = new UnembeddingMatrix(device, _tokenEmbedding, own);
        reader.RefuseUnread(name => name == HeadName);
        _workspaces = new WorkspacePool<Mamba2Workspace>(() => new Mamba2Workspace(device, config));
    }

    /// <inheritdoc/>
    public override void Unembed(MatrixView finalNorm, MatrixView logits) => Device.GemmPacked(finalNorm, _unembedding.Packed, logits);

    /// <inheritdoc/>
    public override ModelCache CreateCache(int sequences, int capacity) =>
        new RecurrentCache(Device, Enumerable.Repeat(_config.States, _config.Layers), 0, 1, sequences, capacity);

    /// <inheritdoc/>
    protected override void Run(TokenBatch tokens, ForwardPass pass)
    {
        Mamba2Workspace workspace = _workspaces.Rent();
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
        foreach (Mamba2Block block in _blocks) block.Dispose();
        _tokenEmbedding.Dispose();
        _finalGain.Dispose();
        _unembedding.Dispose();
    }

    private void Run(TokenBatch tokens, ForwardPass pass, Mamba2Workspace workspace)
    {
        MatrixView residual = workspace.Residual.Rows(tokens.Ids.Length);
        Device.GatherRows(_tokenEmbedding, tokens.Ids, residual);
        pass.Tap(new HookPoint(HookSite.Embed), residual);
        foreach (Mamba2Block block in _blocks)
        {
            if (pass.IsDone) return;
            block.Forward(Device, tokens, pass, residual, workspace);
        }

        if (pass.IsDone) return;
        MatrixView normed = workspace.Normed.Rows(residual.Rows);
        Device.RmsNorm(residual, _finalGain, 0f, _config.Epsilon, normed);
        FinalValues.Give(this, tokens, pass, normed, workspace.Last, workspace.Indices(tokens.Sequences));
    }
}
