namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>L0: latents that are not zero, mean over tokens.</summary>
public sealed class ActiveLatentsPerToken : IReconstructionMetric
{
    private long _active;
    private long _tokens;

    /// <inheritdoc/>
    public MetricDefinition Definition { get; } = new("l0", "L0", "latents", 1, Better.Neither, "mean over tokens of the number of latents that are not 0, by the rule used outside training");

    /// <inheritdoc/>
    public double Value => _tokens == 0 ? double.NaN : (double)_active / _tokens;

    /// <inheritdoc/>
    public void Add(in ReconstructionBatch batch)
    {
        foreach (float value in batch.Codes.ValueSpan)
            if (value != 0) _active++;
        _tokens += batch.Inputs.Rows;
    }
}
