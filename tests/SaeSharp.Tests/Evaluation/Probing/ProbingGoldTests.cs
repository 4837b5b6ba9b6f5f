using System.Text.Json;
using SaeSharp.Evaluation.Probing;
using SaeSharp.Models.Files;
using SaeSharp.Tests.Interactions;

namespace SaeSharp.Tests.Evaluation.Probing;

/// <summary>Against the published selection and Wasserstein code and a logistic regression solved in double (manifest of <c>probing</c>).</summary>
public sealed class ProbingGoldTests : IDisposable
{
    /// <summary>The gold's tolerance for float64, relative to the largest value.</summary>
    private const double Tolerance = 1e-8;

    /// <summary>scikit-learn's solution, to which the issue asks for 1e-6.</summary>
    private const double FitTolerance = 1e-6;

    private readonly SafetensorsFile _gold = GoldMetrics.Tensors("probing");
    private readonly JsonElement _manifest = GoldMetrics.Manifest("probing");
    private readonly PooledCodes _train;
    private readonly PooledCodes _test;
    private readonly BinaryTask _task;
    private readonly BinaryTask _testTask;
    private readonly LatentStatistics _statistics;

    public ProbingGoldTests()
    {
        _train = PooledCodes.FromDense(_gold.ReadFloat32("train.x"), 40);
        _test = PooledCodes.FromDense(_gold.ReadFloat32("test.x"), 40);
        _task = Task("train.y");
        _testTask = Task("test.y");
        _statistics = LatentStatistics.Of(_train, _task);
    }

    public void Dispose() => _gold.Dispose();

    [Fact]
    public void Statistics_of_latents_are_the_reference_values()
    {
        AssertClose("f64.mean_difference", _statistics.MeanDifference);
        AssertClose("f64.standard_deviation", _statistics.Deviation);
        AssertClose("f64.auroc", _statistics.Auroc);
        AssertClose("f64.wasserstein", _statistics.Wasserstein);
        FeatureScaling standardised = FeatureScaling.Of(ProbeArm.Standardised, _statistics, new double[40]);
        AssertClose("f64.standardised_mean_difference", [.. _statistics.MeanDifference.Zip(standardised.Scale, (difference, scale) => difference * scale)]);
        Assert.Equal(_manifest.GetProperty("mean_wasserstein").GetDouble(), _statistics.Wasserstein.Average(), Tolerance);
    }

    [Fact]
    public void Wasserstein_distance_of_samples_of_unequal_sizes_is_the_reference_value()
    {
        float[] u = [.. _gold.ReadFloat64("f64.unequal.u").Select(v => (float)v)], v = [.. _gold.ReadFloat64("f64.unequal.v").Select(x => (float)x)];
        BinaryTask task = new([.. u.Select(_ => (sbyte)1), .. v.Select(_ => (sbyte)-1)]);
        // The samples are rounded to float32.
        Assert.Equal(_manifest.GetProperty("wasserstein_unequal_sizes").GetDouble(), LatentStatistics.Of(PooledCodes.FromDense([.. u, .. v], 1), task).Wasserstein[0], 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(40)]
    public void Sparse_probes_are_the_reference_values(int size)
    {
        JsonElement expected = _manifest.GetProperty("probes").GetProperty($"top_{size}");
        FeatureScaling raw = FeatureScaling.Of(ProbeArm.AsPublished, _statistics, new double[40]);
        int[] latents = LatentSelection.Strongest(_statistics, ProbeSelection.MeanDifference, raw, size);
        Assert.Equal(Numbers(expected, "features_by_strength").Select(f => (int)f), latents);
        Array.Sort(latents);
        int[] members = _task.Members();
        double[] signs = _task.Signs(members);
        DenseDesign design = DenseDesign.Of(_train, members, latents, raw);
        LogisticFit fit = LogisticRegression.Fit(design, signs, 1);
        AssertFit(expected, fit);
        BinaryScores train = Score(design, fit, signs), test = Score(DenseDesign.Of(_test, _testTask.Members(), latents, raw), fit, _testTask.Signs(_testTask.Members()));
        Assert.Equal(expected.GetProperty("train_accuracy").GetDouble(), train.Accuracy, 1e-12);
        Assert.Equal(expected.GetProperty("test_accuracy").GetDouble(), test.Accuracy, 1e-12);
        Assert.Equal(expected.GetProperty("train_f1").GetDouble(), train.F1, 1e-12);
        Assert.Equal(expected.GetProperty("test_f1").GetDouble(), test.F1, 1e-12);
    }

    [Fact]
    public void A_standardised_probe_is_the_reference_value()
    {
        FeatureScaling raw = FeatureScaling.Of(ProbeArm.AsPublished, _statistics, new double[40]), scaling = FeatureScaling.Of(ProbeArm.Standardised, _statistics, new double[40]);
        int[] latents = LatentSelection.Strongest(_statistics, ProbeSelection.MeanDifference, raw, 5);
        Array.Sort(latents);
        int[] members = _task.Members();
        LogisticFit fit = LogisticRegression.Fit(DenseDesign.Of(_train, members, latents, scaling), _task.Signs(members), 1);
        AssertFit(_manifest.GetProperty("probes").GetProperty("top_5_standardised_on_train"), fit);
    }

    /// <summary>The solver for all latents (conjugate gradients on sparse codes) against the reference, raw; and against the dense solver, standardised.</summary>
    [Fact]
    public void The_sparse_solver_finds_the_same_probes()
    {
        int[] members = _task.Members();
        double[] signs = _task.Signs(members);
        FeatureScaling raw = FeatureScaling.Of(ProbeArm.AsPublished, _statistics, new double[40]), standardised = FeatureScaling.Of(ProbeArm.Standardised, _statistics, new double[40]);
        AssertFit(_manifest.GetProperty("probes").GetProperty("top_40"), LogisticRegression.Fit(new SparseDesign(_train, members, raw), signs, 1));
        LogisticFit dense = LogisticRegression.Fit(DenseDesign.Of(_train, members, [.. Enumerable.Range(0, 40)], standardised), signs, 1);
        LogisticFit sparse = LogisticRegression.Fit(new SparseDesign(_train, members, standardised), signs, 1);
        for (int f = 0; f < 40; f++) Assert.Equal(dense.Weights[f], sparse.Weights[f], FitTolerance);
        Assert.Equal(dense.Intercept, sparse.Intercept, FitTolerance);
    }

    [Fact]
    public void A_separable_feature_has_the_finite_solution_of_its_penalty()
    {
        JsonElement expected = _manifest.GetProperty("separable_feature_9_times_100");
        float[] x = _gold.ReadFloat32("train.x");
        double[] values = [.. Enumerable.Range(0, 120).Select(t => 100.0 * x[(t * 40) + 9])];
        AssertFit(expected, LogisticRegression.Fit(values, 1, _task.Signs(_task.Members())));
    }

    [Fact]
    public void F1_and_accuracy_of_edge_cases_are_the_reference_values()
    {
        foreach (JsonElement item in _manifest.GetProperty("f1_cases").EnumerateArray())
        {
            double[] signs = [.. Numbers(item, "labels").Select(label => label > 0 ? 1.0 : -1)], scores = [.. Numbers(item, "predictions").Select(says => says > 0 ? 1.0 : -1)];
            BinaryScores actual = BinaryScores.Of(scores, signs);
            Assert.Equal(item.GetProperty("f1").GetDouble(), actual.F1, 1e-12);
            Assert.Equal(item.GetProperty("accuracy").GetDouble(), actual.Accuracy, 1e-12);
        }
    }

    private static double[] Numbers(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static void AssertFit(JsonElement expected, LogisticFit fit)
    {
        double[] weights = Numbers(expected, "coef");
        double largest = Math.Max(1, weights.Max(Math.Abs));
        Assert.Equal(weights.Length, fit.Weights.Length);
        for (int f = 0; f < weights.Length; f++) Assert.Equal(weights[f], fit.Weights[f], FitTolerance * largest);
        Assert.Equal(expected.GetProperty("intercept").GetDouble(), fit.Intercept, FitTolerance * largest);
        Assert.Equal(expected.GetProperty("objective").GetDouble(), fit.Objective, FitTolerance);
        Assert.InRange(fit.GradientNorm, 0, 1e-9);
    }

    private static BinaryScores Score(DenseDesign design, LogisticFit fit, double[] signs)
    {
        double[] margins = new double[design.Rows];
        design.Margins([.. fit.Weights, fit.Intercept], margins);
        return BinaryScores.Of(margins, signs);
    }

    private BinaryTask Task(string name) => new([.. _gold.ReadInt64(name).Select(label => (sbyte)(label > 0 ? 1 : -1))]);

    private void AssertClose(string name, double[] actual)
    {
        double[] expected = _gold.ReadFloat64(name);
        double largest = expected.Max(Math.Abs);
        Assert.Equal(expected.Length, actual.Length);
        for (int f = 0; f < expected.Length; f++) Assert.Equal(expected[f], actual[f], Tolerance * largest);
    }
}
