using SaeSharp.Evaluation;
using SaeSharp.Evaluation.Reconstruction;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Evaluation;

/// <summary>Closed forms: numbers that can be worked out by hand.</summary>
public sealed class ReconstructionMetricTests
{
    [Fact]
    public void Fvu_of_the_mean_vector_is_one_and_of_the_input_zero()
    {
        using CpuDevice device = new(1);
        using Matrix x = Fill(device, [[1, 10], [3, 10], [5, 40]]);
        using Matrix mean = Fill(device, [[3, 20], [3, 20], [3, 20]]);

        Assert.Equal(1, Measure(new FractionOfVarianceUnexplained(), device, x, mean), 12);
        Assert.Equal(0, Measure(new FractionOfVarianceUnexplained(), device, x, x), 12);
    }

    [Fact]
    public void Fvu_does_not_depend_on_how_tokens_are_cut_into_batches_or_on_a_large_common_mean()
    {
        using CpuDevice device = new(1);
        // Float32 near 4096 resolves 2^-11, so these values are exact.
        using Matrix x = Fill(device, [[4096.5f, 1], [4097, 2], [4098.5f, 3], [4096, 4]]);
        using Matrix y = Fill(device, [[4096, 1], [4097, 2.5f], [4098.5f, 3], [4096, 3]]);
        FractionOfVarianceUnexplained whole = new(), cut = new();
        using CsrMatrix codes = device.AllocateCsr(4, 8, 8);
        whole.Add(new ReconstructionBatch(x, codes, y));
        foreach ((int start, int count) in new[] { (0, 1), (1, 0), (1, 3) }) cut.Add(new ReconstructionBatch(x.RowRange(start, count), codes, y.RowRange(start, count)));

        // Errors 0.25 + 0.25 + 1; variance around (4097, 2.5): 0.25 + 0 + 2.25 + 1 and 2.25 + 0.25 + 0.25 + 2.25.
        Assert.Equal(1.5 / 8.5, whole.Value, 12);
        Assert.Equal(whole.Value, cut.Value, 12);
    }

    [Fact]
    public void Fvu_of_constant_data_is_undefined()
    {
        using CpuDevice device = new(1);
        using Matrix x = Fill(device, [[1, 2], [1, 2]]);
        Assert.True(double.IsNaN(Measure(new FractionOfVarianceUnexplained(), device, x, x)));
    }

    [Fact]
    public void Squared_errors_differ_by_the_width()
    {
        using CpuDevice device = new(1);
        using Matrix x = Fill(device, [[1, 2, 2], [0, 0, 0]]);
        using Matrix y = Fill(device, [[0, 0, 0], [1, 1, 1]]);

        Assert.Equal(6, Measure(new MeanSquaredErrorPerToken(), device, x, y));
        Assert.Equal(2, Measure(new MeanSquaredErrorPerElement(), device, x, y));
    }

    [Fact]
    public void L0_and_dead_share_count_entries_that_are_not_zero()
    {
        using CpuDevice device = new(1);
        using Matrix scores = Fill(device, [[5, 4, 0, 0, -1], [0, 3, 0, 0, -2]]);
        using Matrix x = Fill(device, [[1], [2]]);
        using CsrMatrix codes = device.AllocateCsr(2, 5, 8);
        codes.Reset(2, 5);
        device.SelectTopK(scores, default, default, 2, 0, codes);
        ActiveLatentsPerToken l0 = new();
        DeadShare dead = new();
        foreach (IReconstructionMetric metric in (IReconstructionMetric[])[l0, dead]) metric.Add(new ReconstructionBatch(x, codes, x));

        Assert.Equal(1.5, l0.Value);
        Assert.Equal(0.6, dead.Value, 12);
    }

    [Fact]
    public void Every_metric_is_undefined_without_data_and_has_a_definition_of_its_own()
    {
        IReadOnlyList<MetricDefinition> metrics = new ReconstructionEvaluator().Metrics;
        Assert.Equal(metrics.Count, metrics.Select(metric => metric.Name).Distinct().Count());
        Assert.All(metrics, metric => Assert.True(metric.Version >= 1 && metric.Formula.Length > 10, metric.Name));
        foreach (IReconstructionMetric metric in (IReconstructionMetric[])
            [new FractionOfVarianceUnexplained(), new MeanSquaredErrorPerElement(), new MeanSquaredErrorPerToken(), new ActiveLatentsPerToken(), new DeadShare()])
            Assert.True(double.IsNaN(metric.Value), metric.Definition.Name);
    }

    private static double Measure(IReconstructionMetric metric, CpuDevice device, Matrix x, Matrix y)
    {
        using CsrMatrix codes = device.AllocateCsr(x.Rows, 8, 8);
        metric.Add(new ReconstructionBatch(x, codes, y));
        return metric.Value;
    }

    private static Matrix Fill(CpuDevice device, float[][] rows)
    {
        Matrix matrix = device.Allocate(rows.Length, rows[0].Length);
        for (int i = 0; i < rows.Length; i++) rows[i].CopyTo(matrix.Row(i));
        return matrix;
    }
}
