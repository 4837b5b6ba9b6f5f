using SaeSharp.Numerics;

namespace SaeSharp.Models.Weights;

/// <summary>The last product of a model: a matrix of its own, or the token embedding.</summary>
internal sealed class UnembeddingMatrix : IDisposable
{
    private readonly Device _device;
    private readonly Matrix _tokenEmbedding;
    private readonly Lock _lock = new();
    private PackedMatrix? _packed;

    /// <summary>Describes an unembedding.</summary>
    /// <param name="device">Where it is.</param>
    /// <param name="tokenEmbedding">[vocabulary, width]; packed when it is first needed, because capturing never needs it.</param>
    /// <param name="own">The model's own unembedding; null if it is the token embedding.</param>
    public UnembeddingMatrix(Device device, Matrix tokenEmbedding, PackedMatrix? own)
    {
        _device = device;
        _tokenEmbedding = tokenEmbedding;
        _packed = own;
        IsTied = own is null;
    }

    /// <summary>Whether it is the token embedding.</summary>
    public bool IsTied { get; }

    /// <summary>The right operand, [vocabulary, width] transposed.</summary>
    public PackedMatrix Packed
    {
        get
        {
            lock (_lock)
            {
                if (_packed is not null) return _packed;
                PackedMatrix packed = new();
                _device.Pack(GemmShape.NT, _tokenEmbedding, packed);
                return _packed = packed;
            }
        }
    }

    public void Dispose() => _packed?.Dispose();
}
