using SaeSharp.Models.Forward;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Mamba2;

/// <summary>The memory of one forward pass; rows are the tokens of the batch.</summary>
internal sealed class Mamba2Workspace(Device device, Mamba2Config config) : IDisposable
{
    private int[] _indices = [];

    /// <summary>The residual stream, [tokens, width].</summary>
    public GrowingMatrix Residual { get; } = new(device, config.Width);

    /// <summary>What a norm gives, [tokens, width].</summary>
    public GrowingMatrix Normed { get; } = new(device, config.Width);

    /// <summary>What a block adds to the residual stream, [tokens, width].</summary>
    public GrowingMatrix Branch { get; } = new(device, config.Width);

    /// <summary>Everything that a layer projects: output gate, values, keys, queries, step sizes.</summary>
    public GrowingMatrix Projection { get; } = new(device, config.Projected);

    /// <summary>Values, keys and queries after the convolution.</summary>
    public GrowingMatrix Convolved { get; } = new(device, config.States.WindowWidth);

    /// <summary>Logarithms of decays, [tokens, heads].</summary>
    public GrowingMatrix Decays { get; } = new(device, config.States.Heads);

    /// <summary>What is read from the states.</summary>
    public GrowingMatrix Reads { get; } = new(device, config.Inner);

    /// <summary>The last tokens' final norm, [sequences, width].</summary>
    public GrowingMatrix Last { get; } = new(device, config.Width);

    /// <summary>The state of a layer in a pass without a cache.</summary>
    public RecurrentMemory State { get; } = new(device, config.States);

    /// <summary>Room for so many row indices.</summary>
    public Span<int> Indices(int count)
    {
        if (_indices.Length < count) _indices = new int[count];
        return _indices.AsSpan(0, count);
    }

    public void Dispose()
    {
        foreach (GrowingMatrix matrix in (GrowingMatrix[])[Residual, Normed, Branch, Projection, Convolved, Decays, Reads, Last]) matrix.Dispose();
        State.Dispose();
    }
}
