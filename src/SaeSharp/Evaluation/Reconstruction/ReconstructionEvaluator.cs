using SaeSharp.Dictionaries;
using SaeSharp.Evaluation.Data;
using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.Reconstruction;

/// <summary>How well dictionaries reconstruct vectors, and how sparsely. A new metric is a new file and one line here.</summary>
public sealed class ReconstructionEvaluator : IEvaluator
{
    /// <inheritdoc/>
    public IReadOnlyList<MetricDefinition> Metrics { get; } = [.. Fresh().Select(metric => metric.Definition)];

    /// <inheritdoc/>
    public IReadOnlyList<EvaluationResult> Evaluate(EvaluationContext context, IProgress<EvaluationProgress>? progress, CancellationToken cancel)
    {
        IVectorBatches vectors = context.Vectors;
        List<IReconstructionMetric[]> gathered = [.. context.Dictionaries.Select(_ => Fresh())];
        List<CsrMatrix> codes = [];
        Device device = context.Dictionaries[0].Device;
        using Matrix reconstructions = device.Allocate(vectors.LargestBatch, vectors.Width);
        try
        {
            codes.AddRange(context.Dictionaries.Select(dictionary => device.AllocateCsr(vectors.LargestBatch, dictionary.Latents, vectors.LargestBatch * 32)));
            vectors.Restart();
            long done = 0;
            while (vectors.TryNext(out MatrixView x))
            {
                cancel.ThrowIfCancellationRequested();
                if (x.Rows == 0) continue;
                MatrixView y = reconstructions.RowRange(0, x.Rows);
                for (int i = 0; i < codes.Count; i++)
                {
                    SparseDictionary dictionary = context.Dictionaries[i];
                    dictionary.Encode(x, codes[i]);
                    dictionary.Decode(codes[i], y);
                    foreach (IReconstructionMetric metric in gathered[i]) metric.Add(new ReconstructionBatch(x, codes[i], y));
                }

                done += x.Rows;
                progress?.Report(new EvaluationProgress("reconstruction", done, vectors.Count));
            }
        }
        finally
        {
            foreach (CsrMatrix matrix in codes) matrix.Dispose();
        }

        return [.. gathered.Select((metrics, i) => new EvaluationResult(
            context.Dictionaries[i].Spec.Name, [.. metrics.Select(metric => new MetricValue(metric.Definition, metric.Value))], vectors.Counts))];
    }

    private static IReconstructionMetric[] Fresh() =>
    [
        new FractionOfVarianceUnexplained(),
        new MeanSquaredErrorPerElement(),
        new MeanSquaredErrorPerToken(),
        new ActiveLatentsPerToken(),
        new DeadShare(),
    ];
}
