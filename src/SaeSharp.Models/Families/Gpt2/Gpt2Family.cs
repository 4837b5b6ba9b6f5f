using SaeSharp.Models.Files;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Gpt2;

/// <summary>GPT-2: learned positions, pre-LayerNorm, fused query-key-value matrix, linear weights stored [in, out].</summary>
internal sealed class Gpt2Family : IModelFamily
{
    public const string ModelType = "gpt2";

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = [ModelType];

    /// <inheritdoc/>
    public ModelDescription Describe(ModelConfig config)
    {
        Gpt2Config gpt2 = Gpt2Config.Read(config);
        return gpt2.Describe(tied: gpt2.Tied != false);
    }

    /// <inheritdoc/>
    public LanguageModel Build(ModelConfig config, ITensorSource weights, Device device) => new Gpt2Model(Gpt2Config.Read(config), weights, device);
}
