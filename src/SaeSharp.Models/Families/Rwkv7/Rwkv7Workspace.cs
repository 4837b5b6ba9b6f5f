using SaeSharp.Models.Forward;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Rwkv7;

/// <summary>The memory of one forward pass; rows are the tokens of the batch.</summary>
internal sealed class Rwkv7Workspace(Device device, Rwkv7Config config) : IDisposable
{
    private int[] _indices = [];

    /// <summary>The residual stream, [tokens, width]; so are all the following but <see cref="Hidden"/>.</summary>
    public GrowingMatrix Residual { get; } = new(device, config.Width);

    /// <summary>What a norm gives.</summary>
    public GrowingMatrix Normed { get; } = new(device, config.Width);

    /// <summary>A norm's values mixed with those of the token before.</summary>
    public GrowingMatrix Shifted { get; } = new(device, config.Width);

    /// <summary>What a branch adds to the residual stream.</summary>
    public GrowingMatrix Branch { get; } = new(device, config.Width);

    /// <summary>r: what reads the states.</summary>
    public GrowingMatrix Queries { get; } = new(device, config.Width);

    public GrowingMatrix Keys { get; } = new(device, config.Width);

    public GrowingMatrix Values { get; } = new(device, config.Width);

    /// <summary>The values of block 0, which later blocks mix in.</summary>
    public GrowingMatrix FirstValues { get; } = new(device, config.Width);

    public GrowingMatrix Decays { get; } = new(device, config.Width);

    /// <summary>κ</summary>
    public GrowingMatrix EraseKeys { get; } = new(device, config.Width);

    /// <summary>a</summary>
    public GrowingMatrix EraseRates { get; } = new(device, config.Width);

    /// <summary>κ ∘ a</summary>
    public GrowingMatrix EraseWrites { get; } = new(device, config.Width);

    public GrowingMatrix EraseValues { get; } = new(device, config.Width);

    /// <summary>The output gate.</summary>
    public GrowingMatrix Gates { get; } = new(device, config.Width);

    /// <summary>What is read from the states.</summary>
    public GrowingMatrix Reads { get; } = new(device, config.Width);

    /// <summary>Scratch.</summary>
    public GrowingMatrix Scratch { get; } = new(device, config.Width);

    /// <summary>The MLP's hidden units.</summary>
    public GrowingMatrix Hidden { get; } = new(device, config.Hidden);

    /// <summary>The last tokens' final norm, [sequences, width].</summary>
    public GrowingMatrix Last { get; } = new(device, config.Width);

    /// <summary>The state of a layer in a pass without a cache.</summary>
    public RecurrentMemory State { get; } = new(device, config.States);

    /// <summary>The inner values of low-rank maps, [tokens, rank].</summary>
    public GrowingMatrix DecayRank { get; } = new(device, config.DecayRank);

    public GrowingMatrix EraseRank { get; } = new(device, config.EraseRank);

    public GrowingMatrix ValueRank { get; } = new(device, config.ValueRank);

    public GrowingMatrix GateRank { get; } = new(device, config.GateRank);

    /// <summary>Room for so many row indices.</summary>
    public Span<int> Indices(int count)
    {
        if (_indices.Length < count) _indices = new int[count];
        return _indices.AsSpan(0, count);
    }

    public void Dispose()
    {
        GrowingMatrix[] matrices =
        [
            Residual, Normed, Shifted, Branch, Queries, Keys, Values, FirstValues, Decays, EraseKeys, EraseRates, EraseWrites, EraseValues, Gates, Reads,
            Scratch, Hidden, Last, DecayRank, EraseRank, ValueRank, GateRank,
        ];
        foreach (GrowingMatrix matrix in matrices) matrix.Dispose();
        State.Dispose();
    }
}
