namespace SaeSharp.Evaluation.Probing;

/// <summary>The numbers of all probe sets as metrics, for tables and JSON.</summary>
public static class ProbingSummary
{
    /// <summary>Means over sets of the scores' means over classes; Wasserstein distances as medians over sets of medians over classes (the published summary) and as means.</summary>
    /// <param name="results">One result a set, all with the same sizes, arms and selections.</param>
    /// <remarks>Names: <c>probe_f1_k5_folded_mean_difference</c>, <c>probe_accuracy_all_published</c>, <c>wasserstein_median_standardised</c>.</remarks>
    public static IReadOnlyList<MetricValue> Of(IReadOnlyList<ProbeSetResult> results)
    {
        if (results.Count == 0) throw new ArgumentException("A result at least is expected.", nameof(results));
        List<MetricValue> values = [];
        foreach ((int size, ProbeArm arm, ProbeSelection selection) in results[0].Probes.Select(probe => (probe.Size, probe.Arm, probe.Selection)).Distinct())
        {
            BinaryScores[] scores = [.. results.Select(result => result.Mean(size, arm, selection))];
            bool all = size == SparseProbingOptions.AllLatents;
            string key = all ? $"all_{Key(arm)}" : $"k{size}_{Key(arm)}_{Key(selection)}";
            string what = $"of L2 logistic regressions (C as given) on {(all ? "all latents" : $"the {size} latents with the largest {Words(selection)}")}, {Words(arm)}; one class against the rest, mean over classes, then over sets";
            values.Add(new MetricValue(new MetricDefinition($"probe_f1_{key}", $"F1 {key}", "", 1, Better.Higher, "test F1 of the positive class " + what), scores.Average(score => score.F1)));
            values.Add(new MetricValue(new MetricDefinition($"probe_accuracy_{key}", $"Accuracy {key}", "", 1, Better.Higher, "test accuracy " + what), scores.Average(score => score.Accuracy)));
            values.Add(new MetricValue(new MetricDefinition($"probe_auroc_{key}", $"AUROC {key}", "", 1, Better.Higher, "test AUROC " + what), scores.Average(score => score.Auroc)));
        }

        foreach (ProbeArm arm in results[0].Distances.Select(distance => distance.Arm).Distinct())
        {
            string formula = $"Wasserstein-1 distance of class-conditional mean activations of the training texts, mean over latents, {Words(arm)}; ";
            values.Add(new MetricValue(
                new MetricDefinition($"wasserstein_median_{Key(arm)}", $"W1 {Key(arm)}", "", 1, Better.Higher, formula + "median over classes, then over sets"),
                Median([.. results.Select(result => result.MedianWasserstein(arm))])));
            values.Add(new MetricValue(
                new MetricDefinition($"wasserstein_mean_{Key(arm)}", $"W1 mean {Key(arm)}", "", 1, Better.Higher, formula + "mean over classes, then over sets"),
                results.Average(result => result.MeanWasserstein(arm))));
        }

        return values;
    }

    internal static double Median(double[] values)
    {
        Array.Sort(values);
        return values.Length == 0 ? double.NaN : (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    private static string Key(ProbeArm arm) => arm switch
    {
        ProbeArm.AsPublished => "published",
        ProbeArm.DecoderNormFolded => "folded",
        _ => "standardised",
    };

    private static string Key(ProbeSelection selection) => selection == ProbeSelection.Auroc ? "auroc" : "mean_difference";

    private static string Words(ProbeArm arm) => arm switch
    {
        ProbeArm.AsPublished => "latents as they are",
        ProbeArm.DecoderNormFolded => "latents times the norm of their linear decoder direction",
        _ => "latents standardised on the training texts",
    };

    private static string Words(ProbeSelection selection) => selection == ProbeSelection.Auroc ? "|AUROC - 1/2| on the training texts" : "|difference of class means| on the training texts";
}
