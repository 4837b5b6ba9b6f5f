namespace SaeSharp.Interactions.Statistics;

/// <summary>A percentile interval.</summary>
/// <param name="Low">Lower end; NaN where the data do not define one.</param>
/// <param name="High">Upper end.</param>
/// <param name="Level">Share of resamples between the ends, e.g. 0.95.</param>
public readonly record struct Interval(double Low, double High, double Level)
{
    /// <summary>The interval of some resampled values; those that are NaN are left out.</summary>
    /// <param name="values">One value a resample.</param>
    /// <param name="level">Share between the ends.</param>
    public static Interval Of(IEnumerable<double> values, double level)
    {
        double[] sorted = [.. values.Where(value => !double.IsNaN(value)).Order()];
        return new Interval(At(sorted, (1 - level) / 2), At(sorted, (1 + level) / 2), level);
    }

    /// <summary>Quantile by linear interpolation between order statistics.</summary>
    private static double At(double[] sorted, double share)
    {
        if (sorted.Length == 0) return double.NaN;
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
