namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>Squared error summed over the width, mean over tokens.</summary>
public sealed class MeanSquaredErrorPerToken : IReconstructionMetric
{
    private double _error;
    private long _tokens;

    /// <inheritdoc/>
    public MetricDefinition Definition { get; } = new("mse_per_token", "MSE/token", "", 1, Better.Lower, "mean over tokens of sum over the width of (x - x_hat)^2");

    /// <inheritdoc/>
    public double Value => _tokens == 0 ? double.NaN : _error / _tokens;

    /// <inheritdoc/>
    public void Add(in ReconstructionBatch batch)
    {
        _error += SquaredError.Of(batch.Inputs, batch.Reconstructions);
        _tokens += batch.Inputs.Rows;
    }
}
