namespace SaeSharp.Evaluation.LanguageModeling;

/// <summary>Losses of the model as it is, with reconstructions spliced in, and with zeros in their place, summed over positions.</summary>
public sealed class CrossEntropyTally
{
    private double _clean, _spliced, _zero, _divergence, _zeroDivergence;
    private long _positions;

    /// <summary>What a tally gives.</summary>
    public static IReadOnlyList<MetricDefinition> Metrics { get; } =
    [
        new("ce_clean", "CE clean", "nats", 1, Better.Neither, "mean over positions of -log p(next token), the model as it is"),
        new("ce_spliced", "CE spliced", "nats", 1, Better.Lower, "the same with x_hat in place of x at the hook point, except at excluded positions, which keep x"),
        new("ce_zero", "CE zero", "nats", 1, Better.Neither, "the same with 0 in place of x at the same positions"),
        new("ce_recovered", "CE recovered", "", 1, Better.Higher, "(ce_zero - ce_spliced) / (ce_zero - ce_clean)"),
        new("kl", "KL", "nats", 1, Better.Lower, "mean over positions of KL(clean || spliced) of the next-token distributions"),
        new("kl_zero", "KL zero", "nats", 1, Better.Neither, "mean over positions of KL(clean || zero)"),
        new("kl_score", "KL score", "", 1, Better.Higher, "(kl_zero - kl) / kl_zero"),
    ];

    /// <summary>Next-token predictions that were scored.</summary>
    public long Predictions { get; private set; }

    /// <summary>Takes the losses of a batch in.</summary>
    /// <param name="losses">What was measured at each position.</param>
    /// <param name="targets">The token that follows each position; negative where none is known, and cross-entropy is not counted there.</param>
    /// <param name="isPadding">Positions that are not counted at all.</param>
    public void Add(in SpliceLosses losses, ReadOnlySpan<int> targets, ReadOnlySpan<bool> isPadding)
    {
        for (int i = 0; i < targets.Length; i++)
        {
            if (isPadding[i]) continue;
            _divergence += losses.Divergence[i];
            _zeroDivergence += losses.ZeroDivergence[i];
            _positions++;
            if (targets[i] < 0) continue;
            _clean += losses.Clean[i];
            _spliced += losses.Spliced[i];
            _zero += losses.Zero[i];
            Predictions++;
        }
    }

    /// <summary>The numbers over everything taken in so far.</summary>
    public IReadOnlyList<MetricValue> Values()
    {
        double clean = _clean / Predictions, spliced = _spliced / Predictions, zero = _zero / Predictions;
        double kl = _divergence / _positions, klZero = _zeroDivergence / _positions;
        double[] values = [clean, spliced, zero, (zero - spliced) / (zero - clean), kl, klZero, (klZero - kl) / klZero];
        return [.. Metrics.Select((metric, i) => new MetricValue(metric, values[i]))];
    }
}
