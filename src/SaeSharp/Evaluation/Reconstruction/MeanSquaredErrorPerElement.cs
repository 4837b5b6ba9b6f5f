namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>Squared error, mean over tokens and width.</summary>
public sealed class MeanSquaredErrorPerElement : IReconstructionMetric
{
    private double _error;
    private long _elements;

    /// <inheritdoc/>
    public MetricDefinition Definition { get; } = new("mse_per_element", "MSE", "", 1, Better.Lower, "mean over tokens and width of (x - x_hat)^2");

    /// <inheritdoc/>
    public double Value => _elements == 0 ? double.NaN : _error / _elements;

    /// <inheritdoc/>
    public void Add(in ReconstructionBatch batch)
    {
        _error += SquaredError.Of(batch.Inputs, batch.Reconstructions);
        _elements += batch.Inputs.Length;
    }
}
