using SaeSharp.Models.Files;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Rwkv7;

/// <summary>RWKV-7 in flash-linear-attention's layout: token shifts, low-rank gates, a generalised delta rule, squared-ReLU MLPs.</summary>
internal sealed class Rwkv7Family : IModelFamily
{
    public const string ModelType = "rwkv7";

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = [ModelType];

    /// <inheritdoc/>
    public ModelDescription Describe(ModelConfig config) => Rwkv7Config.Read(config).Describe();

    /// <inheritdoc/>
    public LanguageModel Build(ModelConfig config, ITensorSource weights, Device device) => new Rwkv7Model(Rwkv7Config.Read(config), weights, device);
}
