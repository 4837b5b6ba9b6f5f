using SaeSharp.Models.Files;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Mamba2;

/// <summary>Mamba-2: blocks of a gated linear recurrence and nothing else; names and configuration of transformers or of the original.</summary>
internal sealed class Mamba2Family : IModelFamily
{
    public const string ModelType = "mamba2";

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = [ModelType];

    /// <summary>The original's configurations have no <c>model_type</c>, but say which layer they are made of.</summary>
    public bool Recognizes(ModelConfig config) =>
        config.Has("model_type") ? config.ModelType == ModelType : config.Has("ssm_cfg") && config.Section("ssm_cfg")!.Text("layer", string.Empty) == "Mamba2";

    /// <inheritdoc/>
    public ModelDescription Describe(ModelConfig config) => Mamba2Config.Read(config).Describe();

    /// <inheritdoc/>
    public LanguageModel Build(ModelConfig config, ITensorSource weights, Device device) => new Mamba2Model(Mamba2Config.Read(config), weights, device);
}
