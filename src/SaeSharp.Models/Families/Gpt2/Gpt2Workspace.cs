using SaeSharp.Models.Forward;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Gpt2;

/// <summary>The memory of one forward pass; rows are the tokens of the batch.</summary>
internal sealed class Gpt2Workspace(Device device, Gpt2Config config) : IDisposable
{
    /// <summary>The residual stream, [tokens, width].</summary>
    public GrowingMatrix Residual { get; } = new(device, config.Width);

    /// <summary>What a norm gives, [tokens, width].</summary>
    public GrowingMatrix Normed { get; } = new(device, config.Width);

    /// <summary>Queries, keys and values side by side, [tokens, 3 · width].</summary>
    public GrowingMatrix QueryKeyValue { get; } = new(device, checked(3 * config.Width));

    /// <summary>What attention mixes, [tokens, width].</summary>
    public GrowingMatrix Mix { get; } = new(device, config.Width);

    /// <summary>What a branch adds to the residual stream, [tokens, width].</summary>
    public GrowingMatrix Branch { get; } = new(device, config.Width);

    /// <summary>The MLP's hidden units, [tokens, hidden].</summary>
    public GrowingMatrix Hidden { get; } = new(device, config.Hidden);

    /// <summary>The last tokens' final norm, [sequences, width].</summary>
    public GrowingMatrix Last { get; } = new(device, config.Width);

    private int[] _indices = [];

    /// <summary>Room for so many row indices.</summary>
    public Span<int> Indices(int count)
    {
        if (_indices.Length < count) _indices = new int[count];
        return _indices.AsSpan(0, count);
    }

    public void Dispose()
    {
        foreach (GrowingMatrix matrix in (GrowingMatrix[])[Residual, Normed, QueryKeyValue, Mix, Branch, Hidden, Last]) matrix.Dispose();
    }
}
