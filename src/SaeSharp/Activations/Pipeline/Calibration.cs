using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Activations.Pipeline;

/// <summary>What was measured of the vectors' norms before training begins.</summary>
/// <param name="MedianNorm">Median over all vectors that are not at excluded special tokens; 0 when nothing needs it.</param>
/// <param name="MeanNorm">Mean over the vectors that are trained on; 0 when nothing needs it.</param>
/// <param name="InputScale">Factor that brings the mean norm to √D, exactly representable in float32; 1 without normalisation.</param>
internal readonly record struct Calibration(double MedianNorm, double MeanNorm, double InputScale)
{
    /// <summary>Measures the first vectors of a stream, which are trained on as well.</summary>
    /// <param name="device">Where norms are computed.</param>
    /// <param name="data">What to measure for.</param>
    /// <param name="open">Opens the stream for one pass.</param>
    public static Calibration Measure(Device device, DataSpec data, Func<IVectorReader> open)
    {
        return data.ExcludeNormOutliers || data.Normalize != Normalization.None ? MeasureAlways(device, data, open) : new Calibration(0, 0, 1);
    }

    /// <summary>Measures even where nothing depends on it.</summary>
    public static Calibration MeasureAlways(Device device, DataSpec data, Func<IVectorReader> open)
    {
        using IVectorReader reader = open();
        float[] norms = MeasureNorms(device, data, reader);
        if (norms.Length == 0) throw new InputException("No vectors are left to measure norms on: every one stands at a special token.");
        Array.Sort(norms);
        double median = norms.Length % 2 == 1 ? norms[norms.Length / 2] : 0.5 * ((double)norms[norms.Length / 2 - 1] + norms[norms.Length / 2]);
        double limit = data.ExcludeNormOutliers ? data.OutlierFactor * median : double.PositiveInfinity;
        double sum = 0;
        int count = 0;
        while (count < norms.Length && norms[count] <= limit) sum += norms[count++];
        double mean = count == 0 ? 0 : sum / count;
        if (data.Normalize == Normalization.None) return new Calibration(median, mean, 1);
        if (mean <= 0) throw new InputException("The vectors cannot be scaled to norm √D: the first ones are all zero; use normalize: none.");
        return new Calibration(median, mean, (float)(Math.Sqrt(reader.Width) / mean));
    }

    private static float[] MeasureNorms(Device device, DataSpec data, IVectorReader reader)
    {
        VectorFilter filter = new(device, data);
        using VectorBlock block = new(device, reader.BlockRows, reader.Width);
        List<float> norms = [];
        for (int seen = 0; seen < data.CalibrationTokens && block.ReadFrom(reader, CancellationToken.None);)
        {
            filter.Measure(reader, block);
            for (int row = 0; row < block.Count && seen < data.CalibrationTokens; row++)
            {
                if (block.IsPadding[row]) continue;
                seen++;
                if (!(data.ExcludeSpecialTokens && block.IsSpecial[row])) norms.Add(block.Norms[0, row]);
            }
        }

        return [.. norms];
    }
}
