using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Rwkv7;

/// <summary>A layer norm whose bias may be missing.</summary>
internal sealed class Rwkv7Norm(Rwkv7Config config, WeightReader reader, string name) : IDisposable
{
    private readonly Matrix _gain = reader.Vector($"{name}.weight", config.Width);
    private readonly Matrix _bias = config.NormBias ? reader.Vector($"{name}.bias", config.Width) : reader.Device.Allocate(1, config.Width);
    private readonly float _epsilon = config.Epsilon;

    public void Apply(Device device, MatrixView x, MatrixView y) => device.LayerNorm(x, _gain, _bias, _epsilon, y);

    public void Dispose()
    {
        _gain.Dispose();
        _bias.Dispose();
    }
}
