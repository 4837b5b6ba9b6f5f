using SaeSharp.Models.Forward;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Qwen35;

/// <summary>The memory of one forward pass; rows are the tokens of the batch.</summary>
internal sealed class Qwen35Workspace(Device device, Qwen35Config config) : IDisposable
{
    private int[] _indices = [];

    /// <summary>The residual stream, [tokens, width].</summary>
    public GrowingMatrix Residual { get; } = new(device, config.Width);

    /// <summary>What a norm gives, [tokens, width].</summary>
    public GrowingMatrix Normed { get; } = new(device, config.Width);

    /// <summary>What a branch adds to the residual stream, [tokens, width].</summary>
    public GrowingMatrix Branch { get; } = new(device, config.Width);

    /// <summary>Everything that a Gated DeltaNet layer projects: q, k, v, output gate, strengths, step sizes.</summary>
    public GrowingMatrix DeltaProjection { get; } = new(device, GatedDeltaMixer.ProjectedWidth(config));

    /// <summary>q, k and v after the convolution.</summary>
    public GrowingMatrix Convolved { get; } = new(device, config.Delta.WindowWidth);

    /// <summary>Value factors of the full writes.</summary>
    public GrowingMatrix Deltas { get; } = new(device, config.DeltaValues);

    /// <summary>What is read from the states.</summary>
    public GrowingMatrix Reads { get; } = new(device, config.DeltaValues);

    /// <summary>What attention projects: queries, gates, keys, values.</summary>
    public GrowingMatrix AttentionProjection { get; } = new(device, GatedAttentionMixer.ProjectedWidth(config));

    /// <summary>What attention mixes.</summary>
    public GrowingMatrix Mix { get; } = new(device, config.QueryHeads * config.HeadWidth);

    /// <summary>Gate and input of the MLP's hidden units, side by side.</summary>
    public GrowingMatrix GateAndUp { get; } = new(device, checked(2 * config.Hidden));

    /// <summary>The MLP's hidden units.</summary>
    public GrowingMatrix Hidden { get; } = new(device, config.Hidden);

    /// <summary>The last tokens' final norm, [sequences, width].</summary>
    public GrowingMatrix Last { get; } = new(device, config.Width);

    /// <summary>The state of a layer in a pass without a cache.</summary>
    public RecurrentMemory State { get; } = new(device, config.Delta);

    public RotaryTable Rotary { get; } = new(device, config.Rotated, config.RotaryBase);

    /// <summary>Room for so many row indices.</summary>
    public Span<int> Indices(int count)
    {
        if (_indices.Length < count) _indices = new int[count];
        return _indices.AsSpan(0, count);
    }

    public void Dispose()
    {
        GrowingMatrix[] matrices = [Residual, Normed, Branch, DeltaProjection, Convolved, Deltas, Reads, AttentionProjection, Mix, GateAndUp, Hidden, Last];
        foreach (GrowingMatrix matrix in matrices) matrix.Dispose();
        State.Dispose();
        Rotary.Dispose();
    }
}
