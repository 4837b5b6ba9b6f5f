using SaeSharp.Evaluation.Probing;
using SaeSharp.Numerics;
using SaeSharp.Tests.Interactions;

namespace SaeSharp.Tests.Evaluation.Probing;

public sealed class SparseProbingTests
{
    private const int Latents = 30;

    /// <summary>
    /// W1 of N(0, 1) and N(m, s²): for s = 1 it is m. 20,000 samples a side leave an error of about 0.01 (standard error of a mean); five of them.
    /// </summary>
    [Fact]
    public void Wasserstein_distance_of_shifted_Gaussians_is_the_shift()
    {
        PhiloxStream random = new(1);
        float[] values = [.. Enumerable.Range(0, 40_000).Select(i => (float)(random.NextNormal() + (i < 20_000 ? 0.7 : 0)))];
        LatentStatistics statistics = LatentStatistics.Of(PooledCodes.FromDense(values, 1), Halves(40_000));
        Assert.Equal(0.7, statistics.Wasserstein[0], 0.05);
        Assert.Equal(0.7, statistics.MeanDifference[0], 0.05);
        // AUROC of two Gaussians a shift m apart is Φ(m/√2) = 0.6897.
        Assert.Equal(0.6897, statistics.Auroc[0], 0.015);
    }

    /// <summary>W1 of centred Gaussians with deviations 1 and 3 is 2·E|N(0,1)| = 2·√(2/π).</summary>
    [Fact]
    public void Wasserstein_distance_of_scaled_Gaussians_is_closed_form()
    {
        PhiloxStream random = new(2);
        float[] values = [.. Enumerable.Range(0, 40_000).Select(i => (float)(random.NextNormal() * (i < 20_000 ? 3 : 1)))];
        Assert.Equal(2 * Math.Sqrt(2 / Math.PI), LatentStatistics.Of(PooledCodes.FromDense(values, 1), Halves(40_000)).Wasserstein[0], 0.08);
    }

    [Fact]
    public void A_latent_that_is_the_label_is_found_and_separates()
    {
        (ProbeSet set, PooledCodes train, PooledCodes test, double[] norms) = Data(perfect: true);
        ProbeSetResult result = SparseProbing.Run(set, train, test, norms, new SparseProbingOptions());
        foreach (ProbeArm arm in Enum.GetValues<ProbeArm>())
        {
            foreach (ProbeSelection selection in Enum.GetValues<ProbeSelection>())
            {
                BinaryScores scores = result.Mean(1, arm, selection);
                Assert.Equal((1, 1, 1), (scores.F1, scores.Accuracy, scores.Auroc));
            }
        }

        foreach (ClassProbe probe in result.Probes) Assert.Equal(Array.IndexOf([.. set.Train.Classes], probe.Class), probe.Latents[0]);
    }

    /// <summary>Multiplying a latent by c and its direction by 1/c changes nothing about a dictionary. Powers of two, so not even rounding: exact.</summary>
    [Fact]
    public void Rescaling_latents_leaves_folded_and_standardised_arms_unchanged_but_not_the_published_one()
    {
        (ProbeSet set, PooledCodes train, PooledCodes test, double[] norms) = Data(perfect: false);
        float[] factors = [.. Enumerable.Range(0, Latents).Select(f => MathF.Pow(2, (f * 7 % 11) - 5))];
        SparseProbingOptions options = new() { Sizes = [1, 2, 5, SparseProbingOptions.AllLatents] };
        ProbeSetResult before = SparseProbing.Run(set, train, test, norms, options);
        ProbeSetResult after = SparseProbing.Run(set, Scaled(train, factors), Scaled(test, factors), [.. norms.Select((norm, f) => norm / factors[f])], options);
        foreach (ProbeArm arm in (ProbeArm[])[ProbeArm.DecoderNormFolded, ProbeArm.Standardised])
        {
            Assert.Equal(before.Probes.Where(p => p.Arm == arm).Select(Facts), after.Probes.Where(p => p.Arm == arm).Select(Facts));
            Assert.Equal(before.MeanWasserstein(arm), after.MeanWasserstein(arm), 1e-12);
        }

        Assert.NotEqual(before.Probes.Where(p => p.Arm == ProbeArm.AsPublished).Select(Facts), after.Probes.Where(p => p.Arm == ProbeArm.AsPublished).Select(Facts));
        Assert.True(Math.Abs(before.MeanWasserstein(ProbeArm.AsPublished) / after.MeanWasserstein(ProbeArm.AsPublished) - 1) > 0.1);
    }

    [Fact]
    public void Samples_are_balanced_with_equal_shares_of_the_other_classes()
    {
        ProbeTexts texts = new("set", ["a", "b", "c", "d"], [.. Enumerable.Repeat("t", 100)], [.. Enumerable.Range(0, 100).Select(i => i % 4)]);
        BinaryTask task = OneVersusRest.Sample(texts, 1, 20, 2000, 5, isTest: false);
        Assert.Equal((20, 20), (task.Positives, task.Negatives));
        for (int t = 0; t < 100; t++) Assert.True(task.Roles[t] == 0 || (task.Roles[t] > 0) == (texts.Labels[t] == 1));
        int[] shares = [.. ((int[])[0, 2, 3]).Select(label => Enumerable.Range(0, 100).Count(t => task.Roles[t] < 0 && texts.Labels[t] == label))];
        Assert.Equal([7, 7, 6], shares);
        Assert.Equal(task.Roles, OneVersusRest.Sample(texts, 1, 20, 2000, 5, isTest: false).Roles);
        Assert.NotEqual(task.Roles, OneVersusRest.Sample(texts, 1, 20, 2000, 6, isTest: false).Roles);
        Assert.Equal(25, OneVersusRest.Sample(texts, 1, null, 2000, 5, isTest: false).Positives);
        InputException error = Assert.Throws<InputException>(() => OneVersusRest.Sample(texts, 1, 26, 2000, 5, isTest: false));
        Assert.Contains("25 texts a side", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pooling_is_the_mean_over_the_tokens_that_belong_to_a_text()
    {
        using CpuDevice device = new(1);
        double[] dense =
        [
            9, 9, 9, 9, // a special token
            1, 0, 2, 0,
            3, 0, 0, 0,
            0, 5, 0, 0,
            7, 7, 7, 7, // padding
        ];
        using CsrMatrix codes = GoldMetrics.Codes(dense, 5, 4, device);
        CodePooler pooler = new(3, 4);
        pooler.Add(codes, [-1, 2, 2, 0, -1]);
        PooledCodes pooled = pooler.Build();
        Assert.Equal((3L, 2L), (pooler.Tokens, pooler.Excluded));
        Assert.Equal([0L, 1, 1, 3], pooled.RowStarts);
        Assert.Equal([1, 0, 2], pooled.RowLatents);
        Assert.Equal([5f, 2, 1], pooled.RowValues);
        Assert.Throws<ArgumentException>(() => pooler.Add(codes, [-1, -1, -1, 0, -1]));
    }

    [Fact]
    public void A_probe_of_more_latents_than_there_are_is_refused()
    {
        (ProbeSet set, PooledCodes train, PooledCodes test, double[] norms) = Data(perfect: true);
        Assert.Throws<InputException>(() => SparseProbing.Run(set, train, test, norms, new SparseProbingOptions { Sizes = [31] }));
        Assert.Throws<InputException>(() => SparseProbing.Run(set, train, test, norms, new SparseProbingOptions { TrainPerSide = 5000 }));
    }

    [Fact]
    public void Summaries_are_medians_and_means_over_classes()
    {
        ClassDistance[] distances = [new("a", ProbeArm.AsPublished, 1), new("b", ProbeArm.AsPublished, 2), new("c", ProbeArm.AsPublished, 9), new("a", ProbeArm.Standardised, 5)];
        ProbeSetResult result = new("set", [], distances, [], []);
        Assert.Equal((2, 4), (result.MedianWasserstein(ProbeArm.AsPublished), result.MeanWasserstein(ProbeArm.AsPublished)));
        Assert.Throws<ArgumentException>(() => result.Mean(1, ProbeArm.AsPublished, ProbeSelection.Auroc));
    }

    [Fact]
    public void A_summary_names_every_arm_and_averages_over_sets()
    {
        ClassProbe Probe(double f1, int size) => new("a", size, ProbeArm.DecoderNormFolded, ProbeSelection.Auroc, [], default, new BinaryScores(f1, f1 / 2, f1 / 4));
        ProbeSetResult Set(double f1, double distance) => new("s", [Probe(f1, 2), Probe(f1 + 0.1, 0)], [new ClassDistance("a", ProbeArm.AsPublished, distance)], [], []);
        Dictionary<string, double> values = ProbingSummary.Of([Set(0.4, 1), Set(0.8, 2), Set(0.6, 9)]).ToDictionary(value => value.Definition.Name, value => value.Value);
        Assert.Equal(0.6, values["probe_f1_k2_folded_auroc"], 1e-12);
        Assert.Equal(0.3, values["probe_accuracy_k2_folded_auroc"], 1e-12);
        Assert.Equal(0.7, values["probe_f1_all_folded"], 1e-12);
        Assert.Equal((2, 4), (values["wasserstein_median_published"], values["wasserstein_mean_published"]));
        Assert.Equal(8, values.Count);
    }

    private static object Facts(ClassProbe probe) => (probe.Class, probe.Size, probe.Selection, string.Join(',', probe.Latents), probe.Test.F1, probe.Test.Accuracy, probe.Test.Auroc);

    private static BinaryTask Halves(int count) => new([.. Enumerable.Range(0, count).Select(i => (sbyte)(i < count / 2 ? 1 : -1))]);

    private static PooledCodes Scaled(PooledCodes codes, float[] factors)
    {
        float[] dense = new float[codes.Texts * codes.Latents];
        for (int t = 0; t < codes.Texts; t++)
            for (long e = codes.RowStarts[t]; e < codes.RowStarts[t + 1]; e++) dense[(t * codes.Latents) + codes.RowLatents[e]] = codes.RowValues[e] * factors[codes.RowLatents[e]];
        return PooledCodes.FromDense(dense, codes.Latents);
    }

    /// <summary>Three classes; latent c leans towards class c (or is on there and nowhere else), the rest is sparse noise.</summary>
    private static (ProbeSet Set, PooledCodes Train, PooledCodes Test, double[] Norms) Data(bool perfect)
    {
        (ProbeTexts train, PooledCodes trainCodes) = Split("train", 300, 1, perfect);
        (ProbeTexts test, PooledCodes testCodes) = Split("test", 150, 2, perfect);
        return (new ProbeSet("toy", train, test), trainCodes, testCodes, [.. Enumerable.Range(0, Latents).Select(f => 1 + (0.1 * (f % 3)))]);
    }

    private static (ProbeTexts Texts, PooledCodes Codes) Split(string name, int count, ulong seed, bool perfect)
    {
        PhiloxStream random = new(seed);
        float[] dense = new float[count * Latents];
        for (int t = 0; t < count; t++)
        {
            for (int f = 0; f < Latents; f++)
            {
                bool own = f == t % 3, informative = f < 3;
                double chance = perfect && informative ? (own ? 1 : 0) : own ? 0.7 : 0.3;
                if (random.NextSingle() < chance) dense[(t * Latents) + f] = (informative ? 3f : 0.5f) + random.NextSingle();
            }
        }

        return (new ProbeTexts(name, ["x", "y", "z"], [.. Enumerable.Repeat("t", count)], [.. Enumerable.Range(0, count).Select(t => t % 3)]), PooledCodes.FromDense(dense, Latents));
    }
}
