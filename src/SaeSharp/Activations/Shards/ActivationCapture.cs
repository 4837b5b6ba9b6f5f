using SaeSharp.Activations.Capture;
using SaeSharp.Activations.Pipeline;
using SaeSharp.Models;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Activations.Shards;

/// <summary>Writes the vectors of a host model to a folder, to be trained on without the model.</summary>
public static class ActivationCapture
{
    private const int RowsAtOnce = 4096;

    /// <summary>Captures one pass over the recipe's corpus, or its first <c>tokens</c> vectors.</summary>
    /// <param name="recipe">Model, hook, corpus, tokens, and in its data section what to exclude; vectors are written in their order and unscaled.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="device">Where the model runs.</param>
    /// <param name="type">What to store: F32, F16 or BF16.</param>
    /// <param name="overwrite">Whether an older capture in the folder may be replaced.</param>
    /// <param name="model">The recipe's model if it is loaded already; it stays the caller's.</param>
    /// <param name="progress">Told the number of vectors written so far.</param>
    /// <param name="cancel">Asks to stop; nothing is left in the folder then.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="InputException">The recipe or a file is wrong, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ActivationIndex Run(
        Recipe recipe, string folder, Device device, TensorType type = TensorType.F32, bool overwrite = false,
        LanguageModel? model = null, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        DataSpec data = recipe.Data with { Shuffle = Shuffle.None, Normalize = Normalization.None };
        ActivationSources.Check(data);
        using HostText text = HostText.Load(recipe with { Data = data }, device, model);
        VectorSourceOptions options = new(recipe.Tokens, Repeat: false, RowsAtOnce, long.MaxValue, recipe.Training.Seed);
        using VectorSource source = new(device, data, text.Open, options, []);
        Calibration calibration = Calibration.MeasureAlways(device, data, () => text.Open(false));
        using ActivationShardWriter writer = new(folder, source.Width, type, device, overwrite);
        using Matrix rows = device.Allocate(RowsAtOnce, source.Width);
        int count;
        do
        {
            cancel.ThrowIfCancellationRequested();
            count = source.FillUpTo(rows);
            writer.Append(rows.RowRange(0, count));
            progress?.Report(writer.Vectors);
        }
        while (count == RowsAtOnce);

        if (writer.Vectors == 0) throw new InputException("Not one vector was captured: all of them are excluded, or tokens is 0.");
        return writer.Complete(new ActivationIndex
        {
            Model = recipe.Model,
            Hook = recipe.Hook,
            Corpus = recipe.Corpus,
            Context = data.Context,
            SpecialTokens = source.Counts.SpecialTokens,
            NormOutliers = source.Counts.NormOutliers,
            MeanNorm = calibration.MeanNorm,
            MedianNorm = calibration.MedianNorm,
        });
    }
}
