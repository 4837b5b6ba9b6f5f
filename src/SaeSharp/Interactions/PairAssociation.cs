using SaeSharp.Evaluation;
using SaeSharp.Interactions.Statistics;

namespace SaeSharp.Interactions;

/// <summary>Does the decoder bind what merely occurs together? Strength and covariance against co-occurrence.</summary>
/// <param name="Tokens">Tokens over which co-occurrence was counted; raw counts depend on it.</param>
/// <param name="LeastCount">Pairs with at least this N_ij qualified.</param>
/// <param name="Pairs">How many pairs qualified.</param>
/// <param name="Values">Correlations with intervals.</param>
/// <param name="Sample">The pairs behind rank correlations and intervals: all that qualified, or a random part of them.</param>
/// <remarks>Section 3.4 of the PolySAE spec; the paper leaves strength and pair set undefined, these are its Q7. Activation-weighted strength is a control: it correlates by construction.</remarks>
public sealed record PairAssociation(long Tokens, int LeastCount, long Pairs, IReadOnlyList<AssociationValue> Values, PairSample Sample)
{
    private const string PairSet = "over pairs i < j with N_ij >= the least count";

    private static readonly MetricDefinition StrengthPearson = Define("strength_count_pearson", "r(S, N)", "Pearson of |C2(u_i o u_j)| and N_ij");
    private static readonly MetricDefinition StrengthSpearman = Define("strength_count_spearman", "ρ(S, N)", "Spearman of |C2(u_i o u_j)| and N_ij");
    private static readonly MetricDefinition StrengthLogPearson = Define("strength_log_count_pearson", "r(S, log N)", "Pearson of |C2(u_i o u_j)| and log N_ij");
    private static readonly MetricDefinition CovariancePearson = Define("covariance_count_pearson", "r(Cov, N)", "Pearson of the population covariance of z_i, z_j and N_ij");
    private static readonly MetricDefinition CovarianceSpearman = Define("covariance_count_spearman", "ρ(Cov, N)", "Spearman of the population covariance of z_i, z_j and N_ij");
    private static readonly MetricDefinition WeightedPearson = Define("weighted_strength_count_pearson", "r(E[zz]·S, N)", "Pearson of E[z_i z_j] |C2(u_i o u_j)| and N_ij");
    private static readonly MetricDefinition WeightedSpearman = Define("weighted_strength_count_spearman", "ρ(E[zz]·S, N)", "Spearman of E[z_i z_j] |C2(u_i o u_j)| and N_ij");

    /// <summary>A correlation by the name of its metric.</summary>
    /// <exception cref="ArgumentException">It was not measured.</exception>
    public AssociationValue this[string name]
    {
        get
        {
            foreach (AssociationValue value in Values)
                if (value.Definition.Name == name) return value;
            throw new ArgumentException($"There is no metric '{name}' in this result.", nameof(name));
        }
    }

    /// <summary>Measures all pairs that qualify.</summary>
    /// <param name="counts">Co-occurrence; covariances are measured if it has products.</param>
    /// <param name="interactions">The decoder whose strengths are compared; null for a linear dictionary, of which only covariance can be.</param>
    /// <param name="options">Pair set, sample, intervals.</param>
    /// <param name="progress">Told the pairs done, or null.</param>
    /// <param name="cancel">Stops the measurement.</param>
    public static PairAssociation Measure(
        CoOccurrence counts, PolynomialInteractions? interactions, PairAssociationOptions options,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.LeastCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SampleSize, 1);
        if (interactions is not null && interactions.Latents != counts.Latents)
            throw new ArgumentException($"The counts are of {counts.Latents} latents, the decoder has {interactions.Latents}.", nameof(interactions));
        PairCollector collector = new(counts, options, interactions is not null);
        if (interactions is null) collector.AddAllWithoutStrengths(cancel);
        else StrengthScan.Run(interactions.Device, interactions.PairTable, interactions.PairTable, interactions.PairFactor, true, collector, progress, cancel);
        return new PairAssociation(counts.Tokens, options.LeastCount, collector.Pairs, Correlate(collector, options, interactions?.Device.Threads ?? 1), collector.Sample());
    }

    private static List<AssociationValue> Correlate(PairCollector collector, PairAssociationOptions options, int threads)
    {
        PairSample sample = collector.Sample();
        LatentBootstrap bootstrap = new(sample.First, sample.Second, options.Resamples, options.Seed);
        List<AssociationValue> values = [];
        void Pearson(MetricDefinition definition, double value, double[] x, double[] y) =>
            values.Add(new AssociationValue(definition, value, bootstrap.Pearson(x, y, options.Level, threads)));
        void Spearman(MetricDefinition definition, double[] x, double[] y) =>
            values.Add(new AssociationValue(definition, Correlation.Spearman(x, y), bootstrap.Spearman(x, y, options.Level, threads)));
        double[] count = sample.Count;
        if (sample.Strength.Length > 0)
        {
            Pearson(StrengthPearson, collector.StrengthAndCount, sample.Strength, count);
            Spearman(StrengthSpearman, sample.Strength, count);
            Pearson(StrengthLogPearson, collector.StrengthAndLogCount, sample.Strength, [.. count.Select(n => Math.Log(n))]);
        }

        if (sample.Covariance.Length == 0) return values;
        Pearson(CovariancePearson, collector.CovarianceAndCount, sample.Covariance, count);
        Spearman(CovarianceSpearman, sample.Covariance, count);
        if (sample.Strength.Length == 0) return values;
        double[] weighted = [.. sample.Strength.Zip(sample.MeanProduct, (strength, product) => strength * product)];
        Pearson(WeightedPearson, collector.WeightedAndCount, weighted, count);
        Spearman(WeightedSpearman, weighted, count);
        return values;
    }

    private static MetricDefinition Define(string name, string title, string formula) => new(name, title, "", 1, Better.Neither, $"{formula}, {PairSet}");
}
