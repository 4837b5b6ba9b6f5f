namespace SaeSharp.Evaluation.LanguageModeling;

/// <summary>Sums of losses of the model as it is, with the site set to zero, and with reconstructions spliced in.</summary>
public sealed class CrossEntropyTally
{
    private double _clean, _zero, _spliced, _zeroDivergence, _splicedDivergence;
    private long _predictions, _positions;

    /// <summary>Definitions of the metrics that a tally gives.</summary>
    public static IReadOnlyList<MetricDefinition> Metrics { get; } =
    [
        new("ce_clean", "CE clean", "nats", 1, Better.Neither, "mean over positions of -log p(next token), the model as it is"),
        new("ce_spliced", "CE spliced", "nats", 1, Better.Lower, "the same with x_hat in place of x at the hook point, except at excluded positions, which stay as they are"),
        new("ce_zero", "CE zero", "nats", 1, Better.Neither, "the same with 0 in place of x at the same positions"),
        new("ce_recovered", "CE recovered", "", 1, Better.Higher, "(ce_zero - ce_spliced) / (ce_zero - ce_clean)"),
        new("kl", "KL", "nats", 1, Better.Lower, "mean over positions of KL(clean || spliced) of the next-token distributions"),
        new("kl_zero", "KL zero", "nats", 1, Better.Neither, "mean over positions of KL(clean || zero)"),
        new("kl_score", "KL score", "", 1, Better.Higher, "(kl_zero - kl) / kl_zero"),
    ];

    /// <summary>Next-token predictions that were scored.</summary>
    public long Predictions => _predictions;

    /// <summary>Takes one position in.</summary>
    /// <param name="clean">Logits of the model as it is, [V].</param>
    /// <param name="spliced">Logits with reconstructions spliced in, [V].</param>
    /// <param name="zero">Logits with zeros spliced in, [V].</param>
    /// <param name="target">The token that follows; negative at the end of a context, where none is known.</param>
    public void Add(ReadOnlySpan<float> clean, ReadOnlySpan<float> spliced, ReadOnlySpan<float> zero, int target)
    {
        if (target >= 0)
        {
            _clean += Logits.CrossEntropy(clean, target);
            _spliced += Logits.CrossEntropy(spliced, target);
            _zero += Logits.CrossEntropy(zero, target);
            _predictions++;
        }

        _splicedDivergence += Logits.Divergence(clean, spliced);
        _zeroDivergence += Logits.Divergence(clean, zero);
        _positions++;
    }

    /// <summary>The numbers over everything added so far.</summary>
    public IReadOnlyList<MetricValue> Values()
    {
        double clean = _clean / _predictions, spliced = _spliced / _predictions, zero = _zero / _predictions;
        double kl = _splicedDivergence / _positions, klZero = _zeroDivergence / _positions;
        double[] values = [clean, spliced, zero, (zero - spliced) / (zero - clean), kl, klZero, (klZero - kl) / klZero];
        return [.. Metrics.Select((metric, i) => new MetricValue(metric, values[i]))];
    }
}
