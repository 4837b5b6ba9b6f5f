namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>A number about inputs, codes and reconstructions, gathered batch by batch.</summary>
public interface IReconstructionMetric
{
    /// <summary>What the number means.</summary>
    MetricDefinition Definition { get; }

    /// <summary>The number over everything added so far; NaN if that does not define it.</summary>
    double Value { get; }

    /// <summary>Takes a batch in. Results depend on the order of tokens, not on how they are cut into batches, to rounding.</summary>
    void Add(in ReconstructionBatch batch);
}
