namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>Share of latents that never fire on the evaluation set.</summary>
/// <remarks>Depends on the number of tokens, which is reported beside it.</remarks>
public sealed class DeadShare : IReconstructionMetric
{
    private bool[] _fired = [];
    private int _alive;

    /// <inheritdoc/>
    public MetricDefinition Definition { get; } = new("dead_share", "Dead", "", 1, Better.Lower, "share of latents that are 0 on every token of the evaluation set");

    /// <inheritdoc/>
    public double Value => _fired.Length == 0 ? double.NaN : 1 - ((double)_alive / _fired.Length);

    /// <inheritdoc/>
    public void Add(in ReconstructionBatch batch)
    {
        if (_fired.Length == 0) _fired = new bool[batch.Codes.Columns];
        ReadOnlySpan<int> latents = batch.Codes.ColumnIndexSpan;
        ReadOnlySpan<float> values = batch.Codes.ValueSpan;
        for (int i = 0; i < latents.Length; i++)
        {
            if (values[i] == 0 || _fired[latents[i]]) continue;
            _fired[latents[i]] = true;
            _alive++;
        }
    }
}
