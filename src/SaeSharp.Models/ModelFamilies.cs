using SaeSharp.Models.Families.Gpt2;
using SaeSharp.Models.Weights;

namespace SaeSharp.Models;

/// <summary>The families that can be loaded. A new one is a folder in <c>Families/</c> and a line here.</summary>
public static class ModelFamilies
{
    /// <summary>All families.</summary>
    public static IReadOnlyList<IModelFamily> All { get; } =
    [
        new Gpt2Family(),
    ];

    /// <summary>The family that a configuration names.</summary>
    /// <exception cref="InputException">The <c>model_type</c> is missing or unknown.</exception>
    public static IModelFamily Find(ModelConfig config)
    {
        string modelType = config.ModelType;
        return All.FirstOrDefault(family => family.ModelTypes.Contains(modelType))
            ?? throw new InputException(
                $"'model_type' in {config.Path} is '{modelType}'; the known ones are {string.Join(", ", All.SelectMany(family => family.ModelTypes))}.");
    }
}
