namespace SaeSharp.Evaluation;

/// <summary>Measures dictionaries. One that is new is a new file that says what its numbers mean.</summary>
public interface IEvaluator
{
    /// <summary>Every number that it gives, defined.</summary>
    IReadOnlyList<MetricDefinition> Metrics { get; }

    /// <summary>Measures every dictionary of the context on the same data in one pass.</summary>
    /// <param name="context">Data and dictionaries.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <returns>One result a dictionary, in the context's order.</returns>
    /// <exception cref="InputException">The context lacks what the evaluator needs.</exception>
    IReadOnlyList<EvaluationResult> Evaluate(EvaluationContext context, IProgress<EvaluationProgress>? progress, CancellationToken cancel);
}
