using SaeSharp.Activations.Pipeline;
using SaeSharp.Activations.Shards;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Activations;

/// <summary>Makes the source of training vectors that a recipe asks for.</summary>
public static class ActivationSources
{
    /// <summary>Makes the source of a recipe: given vectors, or a host model over a corpus.</summary>
    /// <param name="recipe">What to train on. <c>activations</c> wins over <c>model</c>, <c>hook</c> and <c>corpus</c>.</param>
    /// <param name="device">Where vectors live.</param>
    /// <returns>A source of exactly as many vectors as the recipe's steps need; what lies below it begins again as often as it takes.</returns>
    /// <exception cref="InputException">A file is missing or makes no sense, or the recipe does not say where vectors come from.</exception>
    public static IActivationSource Create(Recipe recipe, Device device)
    {
        Check(recipe.Data);
        if (recipe.Activations is { } path) return FromTensors(path, recipe, device);
        throw new InputException("The recipe has no activations.");
    }

    private static VectorSource FromTensors(string path, Recipe recipe, Device device)
    {
        long count;
        using (VectorTable table = VectorTable.Open(path, recipe.Data.Tensor)) count = table.Count;
        return new VectorSource(device, recipe.Data, repeat => new TensorVectorReader(VectorTable.Open(path, recipe.Data.Tensor), repeat), Options(recipe, count), [count]);
    }

    private static VectorSourceOptions Options(Recipe recipe, long available)
    {
        int batch = recipe.Training.Batch;
        if (batch < 1) throw new InputException($"training.batch is {batch}; expected 1 or more.");
        long steps = recipe.Training.Steps ?? Math.Max(1, recipe.Tokens / batch);
        if (steps < 0 || steps > long.MaxValue / batch) throw new InputException($"training.steps is {steps}; expected 0 to {long.MaxValue / batch}.");
        return new VectorSourceOptions(steps * batch, Repeat: true, batch, available, recipe.Training.Seed);
    }

    private static void Check(DataSpec data)
    {
        if (data.ModelBatch < 1) throw new InputException($"data.model_batch is {data.ModelBatch}; expected 1 or more.");
        if (data.ShuffleBuffer < 1) throw new InputException($"data.shuffle_buffer is {data.ShuffleBuffer}; expected 1 or more.");
        if (data.CalibrationTokens < 1) throw new InputException($"data.calibration_tokens is {data.CalibrationTokens}; expected 1 or more.");
        if (!(data.OutlierFactor > 0)) throw new InputException($"data.outlier_factor is {data.OutlierFactor}; expected a positive number.");
    }
}
