using SaeSharp.Activations.Capture;
using SaeSharp.Activations.Pipeline;
using SaeSharp.Activations.Shards;
using SaeSharp.Models;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Activations;

/// <summary>Makes the source of training vectors that a recipe asks for.</summary>
public static class ActivationSources
{
    /// <summary>Makes the source of a recipe: given vectors, or a host model over a corpus.</summary>
    /// <param name="recipe">What to train on. <c>activations</c> wins over <c>model</c>, <c>hook</c> and <c>corpus</c>; the data section is followed as it is either way.</param>
    /// <param name="device">Where vectors live.</param>
    /// <param name="model">
    /// The recipe's model if it is loaded already; it stays the caller's. The source runs it on a thread of its own until it is disposed. Null: the source loads it.
    /// </param>
    /// <returns>A source of exactly as many vectors as the recipe's steps need; what lies below it begins again as often as it takes.</returns>
    /// <exception cref="InputException">A file is missing or makes no sense, or the recipe does not say where vectors come from.</exception>
    public static IActivationSource Create(Recipe recipe, Device device, LanguageModel? model = null)
    {
        Check(recipe.Data);
        return recipe.Activations is { } path ? FromTensors(path, recipe, device) : FromModel(recipe, device, model);
    }

    internal static void Check(DataSpec data)
    {
        if (data.ModelBatch < 1) throw new InputException($"data.model_batch is {data.ModelBatch}; expected 1 or more.");
        if (data.ShuffleBuffer < 1) throw new InputException($"data.shuffle_buffer is {data.ShuffleBuffer}; expected 1 or more.");
        if (data.CalibrationTokens < 1) throw new InputException($"data.calibration_tokens is {data.CalibrationTokens}; expected 1 or more.");
        if (!(data.OutlierFactor > 0)) throw new InputException($"data.outlier_factor is {data.OutlierFactor}; expected a positive number.");
    }

    private static VectorSource FromTensors(string path, Recipe recipe, Device device)
    {
        string? tensor = recipe.Data.Tensor;
        long count;
        using (VectorTable table = VectorTable.Open(path, tensor)) count = table.Count;
        return new VectorSource(device, recipe.Data, repeat => new TensorVectorReader(VectorTable.Open(path, tensor), repeat), Options(recipe, count), [count]);
    }

    private static VectorSource FromModel(Recipe recipe, Device device, LanguageModel? model)
    {
        VectorSourceOptions options = Options(recipe, long.MaxValue);
        HostText text = HostText.Load(recipe, device, model);
        try
        {
            return new VectorSource(device, recipe.Data, text.Open, options, text.Identity, text);
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    private static VectorSourceOptions Options(Recipe recipe, long available)
    {
        int batch = recipe.Training.Batch;
        if (batch < 1) throw new InputException($"training.batch is {batch}; expected 1 or more.");
        long steps = recipe.Training.Steps ?? Math.Max(1, recipe.Tokens / batch);
        if (steps < 0 || steps > long.MaxValue / batch) throw new InputException($"training.steps is {steps}; expected 0 to {long.MaxValue / batch}.");
        return new VectorSourceOptions(steps * batch, Repeat: true, batch, available, recipe.Training.Seed);
    }
}
