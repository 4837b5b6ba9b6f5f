using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Geometry;

/// <summary>How often each latent fires, and how strongly when it does.</summary>
public sealed class FiringFrequencies
{
    private readonly long[] _fired;
    private readonly double[] _sums;

    /// <summary>Begins with no token counted.</summary>
    /// <param name="latents">Number of latents F.</param>
    public FiringFrequencies(int latents)
    {
        _fired = new long[latents];
        _sums = new double[latents];
    }

    /// <summary>Definitions of the numbers that are given.</summary>
    public static IReadOnlyList<MetricDefinition> Metrics { get; } =
    [
        new("dead_latents", "Dead latents", "latents", 1, Better.Lower, "latents that are 0 on every token of the evaluation set"),
        new("rare_share", "Rare", "", 1, Better.Lower, "share of latents that fire on fewer than 1 token in 100,000, dead ones included"),
        new("dense_share", "Dense", "", 1, Better.Lower, "share of latents that fire on more than 1 token in 10"),
        new("median_frequency", "Median frequency", "", 1, Better.Neither, "median over latents that fire of the share of tokens on which they do"),
    ];

    /// <summary>Tokens counted.</summary>
    public long Tokens { get; private set; }

    /// <summary>Tokens on which each latent fires, [F].</summary>
    public ReadOnlySpan<long> Fired => _fired;

    /// <summary>Takes a batch in.</summary>
    /// <param name="codes">[B, F]</param>
    public void Add(CsrMatrix codes)
    {
        if (codes.Columns != _fired.Length) throw new ArgumentException($"Expected codes of {_fired.Length} latents, found {codes.Columns}.", nameof(codes));
        ReadOnlySpan<int> latents = codes.ColumnIndexSpan;
        ReadOnlySpan<float> values = codes.ValueSpan;
        for (int e = 0; e < latents.Length; e++)
        {
            if (values[e] == 0) continue;
            _fired[latents[e]]++;
            _sums[latents[e]] += values[e];
        }

        Tokens += codes.Rows;
    }

    /// <summary>Share of tokens on which a latent fires.</summary>
    public double Frequency(int latent) => (double)_fired[latent] / Tokens;

    /// <summary>Mean of a latent over the tokens on which it fires; 0 if it never does.</summary>
    public double MeanWhenFiring(int latent) => _fired[latent] == 0 ? 0 : _sums[latent] / _fired[latent];

    /// <summary>Latents that fired at least once, ascending.</summary>
    public int[] Alive() => [.. Enumerable.Range(0, _fired.Length).Where(latent => _fired[latent] > 0)];

    /// <summary>The numbers over everything added so far.</summary>
    public IReadOnlyList<MetricValue> Values()
    {
        double[] alive = [.. Alive().Select(Frequency).Order()];
        double median = alive.Length == 0 ? double.NaN : (alive[(alive.Length - 1) / 2] + alive[alive.Length / 2]) / 2;
        double rare = _fired.Count(fired => fired < 1e-5 * Tokens || fired == 0), dense = _fired.Count(fired => fired > 0.1 * Tokens);
        double[] values = Tokens == 0
            ? [double.NaN, double.NaN, double.NaN, double.NaN]
            : [_fired.Length - alive.Length, rare / _fired.Length, dense / _fired.Length, median];
        return [.. Metrics.Select((metric, i) => new MetricValue(metric, values[i]))];
    }

    /// <summary>Latents by log₁₀ frequency in bins of half a decade: lower edge, how many. Dead latents are in none.</summary>
    public IReadOnlyList<(double Log10From, int Count)> Histogram() =>
    [
        .. Alive().GroupBy(latent => Math.Floor(2 * Math.Log10(Frequency(latent))) / 2).OrderBy(bin => bin.Key).Select(bin => (bin.Key, bin.Count())),
    ];
}
