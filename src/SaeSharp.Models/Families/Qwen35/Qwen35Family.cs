using SaeSharp.Models.Files;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Families.Qwen35;

/// <summary>Qwen3.5 and Qwen3-Next text models: blocks of Gated DeltaNet, every few of them gated attention instead; dense SwiGLU MLPs.</summary>
internal sealed class Qwen35Family : IModelFamily
{
    public const string TextType = "qwen3_5_text";
    public const string NextType = "qwen3_next";
    private const string WholeType = "qwen3_5";

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = [WholeType, TextType, NextType];

    /// <inheritdoc/>
    public ModelDescription Describe(ModelConfig config) => Qwen35Config.Read(config).Describe();

    /// <inheritdoc/>
    public LanguageModel Build(ModelConfig config, ITensorSource weights, Device device) => new Qwen35Model(Qwen35Config.Read(config), weights, device);
}
