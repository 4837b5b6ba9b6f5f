using System.Text.Json;
using SaeSharp.Dictionaries;
using SaeSharp.Interactions;
using SaeSharp.Interactions.Statistics;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Interactions;

public sealed class CoOccurrenceTests : IDisposable
{
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    /// <summary>Counts exactly; covariances from codes rounded to float32: the gold's 1e-4 for float32 is met with 1e-6 of the largest.</summary>
    [Fact]
    public void Counts_and_covariances_are_the_reference_values()
    {
        using SafetensorsFile model = GoldMetrics.Tensors("reconstruction"), gold = GoldMetrics.Tensors("interactions");
        using CoOccurrence counts = Count(model);
        long[] expected = gold.ReadInt64("cooccurrence");
        double[] covariance = gold.ReadFloat64("f64.covariance");
        Assert.Equal(240, counts.Tokens);
        for (int i = 0; i < 48; i++)
        {
            for (int j = 0; j < 48; j++)
            {
                Assert.Equal(expected[(i * 48) + j], counts.Count(i, j));
                Assert.Equal(covariance[(i * 48) + j], counts.Covariance(i, j), 1e-6 * covariance.Max());
            }
        }
    }

    /// <summary>Strengths come from float32 products here, so the gold's float32 tolerance of 1e-4 applies.</summary>
    [Fact]
    public void Correlations_of_strength_and_covariance_with_counts_are_the_reference_values()
    {
        JsonElement manifest = GoldMetrics.Manifest("interactions");
        using SafetensorsFile model = GoldMetrics.Tensors("reconstruction");
        using SparseDictionary dictionary = GoldMetrics.Dictionary(model, "model.", _device);
        using PolynomialInteractions interactions = new(dictionary);
        using CoOccurrence counts = Count(model);
        PairAssociation association = PairAssociation.Measure(counts, interactions, new PairAssociationOptions { Resamples = 20 });
        Assert.Equal(manifest.GetProperty("pairs").GetInt64(), association.Pairs);
        (string Gold, string Ours)[] names =
        [
            ("pearson_strength_count", "strength_count_pearson"), ("spearman_strength_count", "strength_count_spearman"),
            ("pearson_strength_log_count", "strength_log_count_pearson"), ("pearson_covariance_count", "covariance_count_pearson"),
            ("spearman_covariance_count", "covariance_count_spearman"), ("pearson_weighted_strength_count", "weighted_strength_count_pearson"),
        ];
        foreach ((string gold, string ours) in names)
        {
            AssociationValue value = association[ours];
            Assert.Equal(manifest.GetProperty(gold).GetDouble(), value.Value, 1e-4);
            Assert.True(value.Interval.Low < value.Value && value.Value < value.Interval.High);
        }

        PairAssociation linear = PairAssociation.Measure(counts, null, new PairAssociationOptions { Resamples = 0 });
        Assert.Equal(association["covariance_count_pearson"].Value, linear["covariance_count_pearson"].Value, 1e-12);
        Assert.Equal(2, linear.Values.Count);
    }

    [Fact]
    public void A_sample_is_a_part_of_the_pairs_drawn_by_seed()
    {
        using SafetensorsFile model = GoldMetrics.Tensors("reconstruction");
        using SparseDictionary dictionary = GoldMetrics.Dictionary(model, "model.", _device);
        using PolynomialInteractions interactions = new(dictionary);
        using CoOccurrence counts = Count(model);
        PairAssociationOptions options = new() { Resamples = 0, SampleSize = 100, LeastCount = 2, Seed = 3 };
        PairAssociation part = PairAssociation.Measure(counts, interactions, options);
        PairAssociation all = PairAssociation.Measure(counts, interactions, options with { SampleSize = 10_000 });
        Assert.Equal(100, part.Sample.Length);
        Assert.Equal(all.Pairs, all.Sample.Length);
        Assert.Equal(all["strength_count_pearson"].Value, part["strength_count_pearson"].Value); // over all pairs in both
        Assert.Equal(part.Sample.First, PairAssociation.Measure(counts, interactions, options).Sample.First);
        Assert.NotEqual(part.Sample.First, PairAssociation.Measure(counts, interactions, options with { Seed = 4 }).Sample.First);
        Assert.All(part.Sample.Count, count => Assert.True(count >= 2));
        for (int p = 0; p < 100; p++)
        {
            (int i, int j) = (part.Sample.First[p], part.Sample.Second[p]);
            Assert.Equal(counts.Count(i, j), part.Sample.Count[p]);
            Assert.Equal(interactions.PairStrength(i, j), part.Sample.Strength[p], 1e-6);
            Assert.Equal(counts.MeanProduct(i, j), part.Sample.MeanProduct[p]);
        }
    }

    [Fact]
    public void Batches_and_threads_do_not_change_the_counts()
    {
        using CpuDevice one = new(1);
        using CsrMatrix whole = Planted(600, 30, 2);
        using CoOccurrence a = new(_device, 30), b = new(one, 30);
        a.Add(whole);
        b.Add(whole);
        for (int i = 0; i < 30; i++)
            for (int j = 0; j < 30; j++) Assert.Equal((a.Count(i, j), a.Covariance(i, j)), (b.Count(i, j), b.Covariance(i, j)));
    }

    [Fact]
    public void Values_that_are_not_positive_are_not_active()
    {
        using CsrMatrix codes = GoldMetrics.Codes([1, 2, 0, -1, 3, 1], 2, 3, _device);
        using CoOccurrence counts = new(_device, 3);
        counts.Add(codes);
        Assert.Equal((1, 0, 1, 1), (counts.Count(0, 1), counts.Count(0, 2), counts.Count(1, 2), counts.Count(0, 0)));
        Assert.Equal(2, counts.PairsWith(1));
        Assert.Throws<ArgumentException>(() => counts.Add(GoldMetrics.Codes([1, 1], 1, 2, _device)));
    }

    /// <summary>Latents that always fire together: counts see it, strength (drawn at random) does not, shuffling destroys it.</summary>
    [Fact]
    public void Shuffling_keeps_frequencies_and_breaks_planted_co_occurrence()
    {
        using CsrMatrix codes = Planted(4000, 30, 2), shuffled = _device.AllocateCsr(4000, 30, 0);
        using ShuffledCodes shuffle = new(_device, 1);
        shuffle.Next(codes, shuffled);
        using CoOccurrence before = new(_device, 30), after = new(_device, 30);
        before.Add(codes);
        after.Add(shuffled);
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(before.Count(i, i), after.Count(i, i));
            Assert.Equal(before.MeanProduct(i, i), after.MeanProduct(i, i), 1e-9);
        }

        double expected = (double)before.Count(0, 0) * before.Count(1, 1) / 4000;
        Assert.Equal(before.Count(0, 0), before.Count(0, 1));
        // Hypergeometric with mean 40 and a standard deviation of 6 at most: five of them.
        Assert.InRange(after.Count(0, 1), expected - 30, expected + 30);
        for (int row = 0; row < 4000; row++)
        {
            ReadOnlySpan<int> columns = shuffled.ColumnIndexSpan[shuffled.RowPointerSpan[row]..shuffled.RowPointerSpan[row + 1]];
            for (int e = 1; e < columns.Length; e++) Assert.True(columns[e - 1] < columns[e]);
        }
    }

    [Fact]
    public void A_random_twin_has_the_shape_and_strengths_of_chance()
    {
        using SafetensorsFile model = GoldMetrics.Tensors("reconstruction");
        using SparseDictionary dictionary = SparseDictionary.Create(GoldMetrics.Spec, 16, _device, 1), twin = RandomTwin.Of(dictionary, _device, 5);
        using PolynomialInteractions interactions = new(twin);
        using CoOccurrence counts = Count(model);
        Assert.Equal(dictionary.ParameterCount, twin.ParameterCount);
        // 828 pairs of 48 latents: |r| of independent strengths stays below 0.3.
        Assert.InRange(PairAssociation.Measure(counts, interactions, new PairAssociationOptions { Resamples = 0 })["strength_count_pearson"].Value, -0.3, 0.3);
    }

    private CoOccurrence Count(SafetensorsFile model)
    {
        double[] dense = model.ReadFloat64("f64.codes");
        CoOccurrence counts = new(_device, 48);
        for (int batch = 0; batch < 5; batch++)
        {
            using CsrMatrix codes = GoldMetrics.Codes(dense.AsSpan(batch * 48 * 48, 48 * 48), 48, 48, _device);
            counts.Add(codes);
        }

        return counts;
    }

    /// <summary>Independent latents, each active at a tenth of the tokens, but latent 1 exactly where latent 0 is.</summary>
    private CsrMatrix Planted(int tokens, int latents, ulong seed)
    {
        PhiloxStream random = new(seed);
        double[] dense = new double[tokens * latents];
        for (int t = 0; t < tokens; t++)
        {
            for (int f = 0; f < latents; f++)
            {
                bool active = f == 1 ? dense[t * latents] > 0 : random.NextSingle() < 0.1f;
                if (active) dense[(t * latents) + f] = 0.1 + random.NextSingle();
            }
        }

        return GoldMetrics.Codes(dense, tokens, latents, _device);
    }
}
