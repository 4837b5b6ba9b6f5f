namespace SaeSharp.Interactions.Statistics;

/// <summary>Correlations of two lists of numbers.</summary>
public static class Correlation
{
    /// <summary>Pearson's r; NaN where one side does not vary.</summary>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length) throw new ArgumentException("The lists must have one length.", nameof(y));
        CorrelationSums sums = default;
        for (int i = 0; i < x.Length; i++) sums.Add(x[i], y[i]);
        return sums.Value;
    }

    /// <summary>Spearman's ρ: Pearson's r of average ranks.</summary>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length) throw new ArgumentException("The lists must have one length.", nameof(y));
        return Pearson(Ranks.Average(x), Ranks.Average(y));
    }
}
