using SaeSharp.Models.Forward;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Rwkv7;

/// <summary>y = f₂(W₂ f₁(W₁ x) + b): a low-rank matrix with a non-linearity within and one behind.</summary>
internal sealed class LowRankMap : IDisposable
{
    private readonly Activation _within;
    private readonly Activation _behind;
    private readonly PackedMatrix _down;
    private readonly PackedMatrix _up;
    private readonly Matrix? _bias;

    public LowRankMap(WeightReader reader, string name, int width, int rank, Activation within, Activation behind, bool hasBias)
    {
        (_within, _behind) = (within, behind);
        _down = reader.Packed($"{name}.lora.0.weight", rank, width, GemmShape.NT);
        _up = reader.Packed($"{name}.lora.2.weight", width, rank, GemmShape.NT);
        _bias = hasBias ? reader.Vector($"{name}.lora.2.bias", width) : null;
    }

    public void Apply(Device device, MatrixView x, GrowingMatrix ranks, MatrixView y)
    {
        MatrixView inner = ranks.Rows(x.Rows);
        device.GemmPacked(x, _down, inner);
        if (_within != Activation.Identity) device.Activate(_within, inner, default, inner);
        device.GemmPacked(inner, _up, y);
        if (_behind != Activation.Identity || _bias is not null) device.Activate(_behind, y, _bias is null ? default : _bias.View, y);
    }

    public void Dispose()
    {
        _down.Dispose();
        _up.Dispose();
        _bias?.Dispose();
    }
}
