using SaeSharp.Cli.Terminals;
using SaeSharp.Dictionaries;
using SaeSharp.Evaluation;
using SaeSharp.Evaluation.LanguageModeling;
using SaeSharp.Evaluation.Reconstruction;

namespace SaeSharp.Cli.Verbs.Evaluations;

/// <summary>Runs the evaluators that the data allow. A new evaluator is one line here.</summary>
internal static class Evaluators
{
    internal static IReadOnlyList<EvaluationResult> Run(IReadOnlyList<SparseDictionary> dictionaries, EvaluationSet set, Terminal terminal, CancellationToken cancel)
    {
        List<IEvaluator> evaluators = [new ReconstructionEvaluator()];
        if (set.Text is not null) evaluators.Add(new SpliceEvaluator());
        EvaluationContext context = new(dictionaries, set.Vectors, set.Text);
        List<IReadOnlyList<EvaluationResult>> results = [];
        foreach (IEvaluator evaluator in evaluators)
        {
            using ProgressLine line = new(terminal, "measured", set.Vectors.Count, "tokens");
            results.Add(evaluator.Evaluate(context, new Forward(line), cancel));
        }

        return [.. dictionaries.Select((_, i) => EvaluationResult.Merge([.. results.Select(result => result[i])]))];
    }

    private sealed class Forward(ProgressLine line) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => line.Report(value.Done);
    }
}
