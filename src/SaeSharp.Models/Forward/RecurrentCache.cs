using SaeSharp.Numerics;

namespace SaeSharp.Models.Forward;

/// <summary>States and earlier inputs of recurrent layers, and keys and values of attention layers where there are any.</summary>
internal sealed class RecurrentCache : KeyValueCache
{
    private readonly RecurrentMemory[] _layers;

    /// <summary>An empty cache.</summary>
    /// <param name="device">Where it is.</param>
    /// <param name="recurrent">The recurrent layers, in order.</param>
    /// <param name="attentionLayers">How many layers keep keys and values.</param>
    /// <param name="keyWidth">Width of a token's keys.</param>
    /// <param name="sequences">Sequences of the batch.</param>
    /// <param name="capacity">Most tokens a sequence.</param>
    public RecurrentCache(Device device, IEnumerable<RecurrentLayerShape> recurrent, int attentionLayers, int keyWidth, int sequences, int capacity)
        : base(device, attentionLayers, keyWidth, sequences, capacity)
    {
        _layers = [.. recurrent.Select(shape => new RecurrentMemory(device, shape))];
        foreach (RecurrentMemory layer in _layers) layer.Clear(sequences);
    }

    /// <summary>What the recurrent layer of that number carries.</summary>
    public RecurrentMemory Layer(int index) => _layers[index];

    /// <inheritdoc/>
    public override void Reset()
    {
        base.Reset();
        foreach (RecurrentMemory layer in _layers) layer.Clear(Sequences);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (RecurrentMemory layer in _layers) layer.Dispose();
    }
}
