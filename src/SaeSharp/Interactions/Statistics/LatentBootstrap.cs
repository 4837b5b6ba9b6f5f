using SaeSharp.Numerics;

namespace SaeSharp.Interactions.Statistics;

/// <summary>Intervals for statistics over pairs of latents, by drawing latents (not pairs) with replacement.</summary>
/// <remarks>
/// Pairs that share a latent are not independent, so drawing pairs would give intervals that are too narrow. A pair counts m_i·m_j times
/// in a resample in which its latents were drawn m_i and m_j times. Philox stream r belongs to resample r: results depend on the seed only, not on threads.
/// </remarks>
/// <param name="first">The first latent of each pair.</param>
/// <param name="second">The second latent of each pair.</param>
/// <param name="resamples">How many resamples.</param>
/// <param name="seed">Seed of the draws.</param>
public sealed class LatentBootstrap(int[] first, int[] second, int resamples, ulong seed)
{
    private const ulong Streams = 0x626f6f74UL << 32;

    /// <summary>Interval of Pearson's r.</summary>
    public Interval Pearson(double[] x, double[] y, double level = 0.95, int threads = 1) => Run(level, threads, () => weights => Weighted(x, y, weights));

    /// <summary>Interval of Spearman's ρ; ranks are taken anew in each resample.</summary>
    public Interval Spearman(double[] x, double[] y, double level = 0.95, int threads = 1)
    {
        int[] orderX = Ranks.Order(x), orderY = Ranks.Order(y);
        return Run(level, threads, () =>
        {
            double[] ranksX = new double[x.Length], ranksY = new double[x.Length];
            return weights =>
            {
                Ranks.Weighted(x, orderX, weights, ranksX);
                Ranks.Weighted(y, orderY, weights, ranksY);
                return Weighted(ranksX, ranksY, weights);
            };
        });
    }

    private static double Weighted(double[] x, double[] y, double[] weights)
    {
        CorrelationSums sums = default;
        for (int i = 0; i < x.Length; i++) sums.Add(x[i], y[i], weights[i]);
        return sums.Value;
    }

    private Interval Run(double level, int threads, Func<Func<double[], double>> statistic)
    {
        int[] latents = [.. first.Concat(second).Distinct().Order()];
        int[] firstPlace = Places(latents, first), secondPlace = Places(latents, second);
        double[] values = new double[resamples];
        Parallel.For(
            0, resamples, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads) },
            () => (Draws: new int[latents.Length], Weights: new double[first.Length], Statistic: statistic()),
            (resample, _, local) =>
            {
                Array.Clear(local.Draws);
                PhiloxStream random = new(seed, Streams + (ulong)resample);
                for (int i = 0; i < latents.Length; i++) local.Draws[random.NextInt32(latents.Length)]++;
                for (int p = 0; p < local.Weights.Length; p++) local.Weights[p] = (double)local.Draws[firstPlace[p]] * local.Draws[secondPlace[p]];
                values[resample] = local.Statistic(local.Weights);
                return local;
            },
            _ => { });
        return Interval.Of(values, level);
    }

    private static int[] Places(int[] latents, int[] of)
    {
        Dictionary<int, int> places = [];
        for (int i = 0; i < latents.Length; i++) places[latents[i]] = i;
        return [.. of.Select(latent => places[latent])];
    }
}
