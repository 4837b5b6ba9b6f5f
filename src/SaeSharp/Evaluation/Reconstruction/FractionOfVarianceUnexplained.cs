using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>Squared error as a share of the variance around the mean vector of the whole evaluation set.</summary>
/// <remarks>
/// Σ ‖x − x̂‖² / Σ ‖x − x̄‖². The mean is taken over all tokens, never over a batch: published codes that average ratios of batches,
/// subtract the mean residual or leave the mean out give other numbers under the same name.
/// Sums are gathered around the first vector so that a large common mean costs no precision.
/// </remarks>
public sealed class FractionOfVarianceUnexplained : IReconstructionMetric
{
    private double[] _origin = [];
    private double[] _sums = [];
    private double _squares;
    private double _error;
    private long _tokens;

    /// <inheritdoc/>
    public MetricDefinition Definition { get; } = new("fvu", "FVU", "", 1, Better.Lower, "sum |x - x_hat|^2 / sum |x - mean|^2, mean and sums over the whole evaluation set");

    /// <inheritdoc/>
    public double Value
    {
        get
        {
            double variance = _squares;
            foreach (double sum in _sums) variance -= sum * sum / _tokens;
            return _tokens > 0 && variance > 0 ? _error / variance : double.NaN;
        }
    }

    /// <inheritdoc/>
    public void Add(in ReconstructionBatch batch)
    {
        MatrixView inputs = batch.Inputs;
        if (inputs.Rows == 0) return;
        if (_tokens == 0) Begin(inputs.Row(0));
        for (int row = 0; row < inputs.Rows; row++)
        {
            ReadOnlySpan<float> x = inputs.Row(row);
            for (int i = 0; i < x.Length; i++)
            {
                double shifted = x[i] - _origin[i];
                _sums[i] += shifted;
                _squares += shifted * shifted;
            }
        }

        _error += SquaredError.Of(inputs, batch.Reconstructions);
        _tokens += inputs.Rows;
    }

    private void Begin(ReadOnlySpan<float> first)
    {
        _origin = new double[first.Length];
        _sums = new double[first.Length];
        for (int i = 0; i < first.Length; i++) _origin[i] = first[i];
    }
}
