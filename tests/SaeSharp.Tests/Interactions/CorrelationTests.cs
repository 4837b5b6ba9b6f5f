using System.Text.Json;
using SaeSharp.Interactions.Statistics;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Interactions;

public sealed class CorrelationTests
{
    /// <summary>The gold's tolerance, 1e-12 relative.</summary>
    [Fact]
    public void Correlations_with_ties_are_the_reference_values()
    {
        JsonElement gold = GoldMetrics.Manifest("correlation");
        double[] a = Numbers(gold, "tied_a"), b = Numbers(gold, "tied_b");
        Assert.Equal(Numbers(gold, "ranks_a"), Ranks.Average(a));
        Assert.Equal(Numbers(gold, "ranks_b"), Ranks.Average(b));
        Assert.Equal(gold.GetProperty("pearson").GetDouble(), Correlation.Pearson(a, b), 1e-12);
        Assert.Equal(gold.GetProperty("spearman").GetDouble(), Correlation.Spearman(a, b), 1e-12);
    }

    [Fact]
    public void A_list_that_does_not_vary_correlates_with_nothing()
    {
        Assert.True(double.IsNaN(Correlation.Pearson([0.1, 0.1, 0.1], [1, 2, 3])));
        Assert.True(double.IsNaN(Correlation.Spearman([4, 4, 4], [1, 2, 3])));
        Assert.Throws<ArgumentException>(() => Ranks.Average([1, double.NaN]));
    }

    [Fact]
    public void Spearman_sees_order_only()
    {
        double[] x = [1, 2, 3, 4, 5], y = [.. x.Select(Math.Exp)];
        Assert.Equal(1, Correlation.Spearman(x, y), 1e-15);
        Assert.Equal(-1, Correlation.Spearman(x, [.. y.Select(v => -v)]), 1e-15);
    }

    [Fact]
    public void A_large_common_offset_costs_no_precision()
    {
        double[] x = [.. Enumerable.Range(0, 1000).Select(i => 1e9 + Math.Sin(i))], y = [.. Enumerable.Range(0, 1000).Select(i => Math.Sin(i))];
        // The offset itself rounds x to 1e-7; a textbook sum of squares would lose everything.
        Assert.Equal(1, Correlation.Pearson(x, y), 1e-6);
    }

    /// <summary>Weights stand for copies: a resample computed by weights is the statistic of the repeated list.</summary>
    [Fact]
    public void Weighted_ranks_are_ranks_of_repeated_numbers()
    {
        double[] values = [3, 1, 2, 2, 5], weights = [2, 0, 1, 3, 1], ranks = new double[5];
        Ranks.Weighted(values, Ranks.Order(values), weights, ranks);
        double[] repeated = [3, 3, 2, 2, 2, 2, 5];
        double[] expected = Ranks.Average(repeated);
        Assert.Equal([expected[0], expected[2], expected[3], expected[6]], [ranks[0], ranks[2], ranks[3], ranks[4]]);
    }

    [Fact]
    public void Intervals_do_not_depend_on_threads_but_on_the_seed()
    {
        (int[] first, int[] second, double[] x, double[] y) = Pairs(40, 0.3, 5);
        LatentBootstrap bootstrap = new(first, second, 100, 1);
        Interval one = bootstrap.Spearman(x, y, threads: 1);
        Assert.Equal(one, bootstrap.Spearman(x, y, threads: 4));
        Assert.NotEqual(one, new LatentBootstrap(first, second, 100, 2).Spearman(x, y));
        Assert.True(one.Low < one.High);
    }

    /// <summary>
    /// Pairs made of latent effects: intervals that drew pairs instead of latents would be too narrow and cover less.
    /// 200 data sets; 90 % intervals should cover in 180 ± 4.2 of them, and percentile intervals of a bootstrap are somewhat liberal: at least 160.
    /// </summary>
    [Fact]
    public void Intervals_cover_the_truth_when_pairs_share_latents()
    {
        int covered = 0;
        for (ulong seed = 0; seed < 200; seed++)
        {
            (int[] first, int[] second, double[] x, double[] y) = Pairs(40, 0, seed + 100);
            Interval interval = new LatentBootstrap(first, second, 100, seed).Pearson(x, y, 0.9);
            if (interval.Low <= 0 && interval.High >= 0) covered++;
        }

        Assert.InRange(covered, 160, 200);
    }

    private static (int[] First, int[] Second, double[] X, double[] Y) Pairs(int latents, double slope, ulong seed)
    {
        PhiloxStream random = new(seed, 77);
        double[] u = [.. Enumerable.Range(0, latents).Select(_ => random.NextNormal())], v = [.. u.Select(value => (slope * value) + random.NextNormal())];
        List<int> first = [], second = [];
        List<double> x = [], y = [];
        for (int i = 0; i < latents; i++)
        {
            for (int j = i + 1; j < latents; j++)
            {
                first.Add(i);
                second.Add(j);
                x.Add(u[i] + u[j] + (0.1 * random.NextNormal()));
                y.Add(v[i] + v[j] + (0.1 * random.NextNormal()));
            }
        }

        return ([.. first], [.. second], [.. x], [.. y]);
    }

    private static double[] Numbers(JsonElement manifest, string name) => [.. manifest.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
}
