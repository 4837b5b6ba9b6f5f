using SaeSharp.Models.Families.Gpt2;
using SaeSharp.Models.Families.Mamba2;
using SaeSharp.Models.Families.Qwen35;
using SaeSharp.Models.Families.Rwkv7;
using SaeSharp.Models.Weights;

namespace SaeSharp.Models;

/// <summary>The families that can be loaded. A new one is a folder in <c>Families/</c> and a line here.</summary>
public static class ModelFamilies
{
    /// <summary>All families.</summary>
    public static IReadOnlyList<IModelFamily> All { get; } =
    [
        new Gpt2Family(),
        new Qwen35Family(),
        new Mamba2Family(),
        new Rwkv7Family(),
    ];

    /// <summary>The family that a configuration names.</summary>
    /// <exception cref="InputException">The <c>model_type</c> is missing or unknown.</exception>
    public static IModelFamily Find(ModelConfig config)
    {
        return All.FirstOrDefault(family => family.Recognizes(config))
            ?? throw new InputException(
                $"'model_type' in {config.Path} is '{config.ModelType}'; the known ones are {string.Join(", ", All.SelectMany(family => family.ModelTypes))}.");
    }
}
