using SaeSharp.Models.Files;
using SaeSharp.Models.Weights;
using SaeSharp.Numerics;

namespace SaeSharp.Models;

/// <summary>One architecture: reads its configuration and its weights.</summary>
public interface IModelFamily
{
    /// <summary>The values of <c>model_type</c> that are this family.</summary>
    IReadOnlyList<string> ModelTypes { get; }

    /// <summary>Whether a configuration is this family's.</summary>
    bool Recognizes(ModelConfig config) => config.Has("model_type") && ModelTypes.Contains(config.ModelType);

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="InputException">A key is missing or wrong.</exception>
    ModelDescription Describe(ModelConfig config);

    /// <summary>Builds a model.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="weights">Its tensors; not needed any more once the model is built.</param>
    /// <param name="device">Where it is to run.</param>
    /// <exception cref="InputException">Weights are missing, contradict the configuration, or are not finite.</exception>
    LanguageModel Build(ModelConfig config, ITensorSource weights, Device device);
}
