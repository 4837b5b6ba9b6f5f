using SaeSharp.Dictionaries;
using SaeSharp.Evaluation.Data;
using SaeSharp.Models;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Scoring;
using SaeSharp.Numerics;

namespace SaeSharp.Evaluation.LanguageModeling;

/// <summary>What the host model loses when a dictionary's reconstructions take the place of its activations.</summary>
/// <remarks>Positions that are left out of training (special tokens, norm outliers) keep their activations in every pass, the zero pass too.</remarks>
public sealed class SpliceEvaluator : IEvaluator
{
    /// <inheritdoc/>
    public IReadOnlyList<MetricDefinition> Metrics => CrossEntropyTally.Metrics;

    /// <inheritdoc/>
    public IReadOnlyList<EvaluationResult> Evaluate(EvaluationContext context, IProgress<EvaluationProgress>? progress, CancellationToken cancel)
    {
        HeldOutText text = context.Text ?? throw new InputException("Cross-entropy needs a host model and text; only vectors were given.");
        using Work work = new(text, context.Dictionaries);
        CrossEntropyTally[] tallies = [.. context.Dictionaries.Select(_ => new CrossEntropyTally())];
        long done = 0;
        foreach (HeldOutBatch batch in text.Batches)
        {
            cancel.ThrowIfCancellationRequested();
            work.RunClean(batch);
            for (int i = 0; i < tallies.Length; i++) tallies[i].Add(work.RunSpliced(batch, i), batch.Targets, batch.IsPadding);
            done += batch.Tokens.Length;
            progress?.Report(new EvaluationProgress("cross-entropy", done, text.Count));
        }

        return [.. tallies.Select((tally, i) => new EvaluationResult(
            context.Dictionaries[i].Spec.Name, tally.Values(), new Dictionary<string, long> { ["predictions"] = tally.Predictions }))];
    }

    /// <summary>The memory of the passes over a batch.</summary>
    private sealed class Work : IDisposable
    {
        private readonly LanguageModel _model;
        private readonly HookPoint _hook;
        private readonly IReadOnlyList<SparseDictionary> _dictionaries;
        private readonly NextTokenScorer _scorer;
        private readonly ForwardPass _pass = new();
        private readonly Matrix _inputs, _kept, _reconstructed, _spliced, _cleanNorm, _changedNorm;
        private readonly List<CsrMatrix> _codes;
        private readonly int[] _order;
        private double[] _clean = [], _zero = [], _zeroDivergence = [];

        internal Work(HeldOutText text, IReadOnlyList<SparseDictionary> dictionaries)
        {
            (_model, _hook, _dictionaries) = (text.Model, text.Hook, dictionaries);
            Device device = _model.Device;
            int rows = text.LargestBatch;
            _scorer = new NextTokenScorer(_model);
            _inputs = device.Allocate(rows, text.Width);
            _kept = device.Allocate(rows, text.Width);
            _reconstructed = device.Allocate(rows, text.Width);
            _spliced = device.Allocate(rows, text.Width);
            _cleanNorm = device.Allocate(rows, _model.Description.Width);
            _changedNorm = device.Allocate(rows, _model.Description.Width);
            _codes = [.. dictionaries.Select(dictionary => device.AllocateCsr(rows, dictionary.Latents, rows * 32))];
            _order = [.. Enumerable.Range(0, rows)];
        }

        public void Dispose()
        {
            _scorer.Dispose();
            foreach (Matrix matrix in (ReadOnlySpan<Matrix>)[_inputs, _kept, _reconstructed, _spliced, _cleanNorm, _changedNorm]) matrix.Dispose();
            foreach (CsrMatrix codes in _codes) codes.Dispose();
        }

        /// <summary>The passes that all dictionaries share: as it is, and with zeros.</summary>
        internal void RunClean(HeldOutBatch batch)
        {
            int rows = batch.Tokens.Length;
            MatrixView inputs = _inputs.RowRange(0, rows), clean = _cleanNorm.RowRange(0, rows);
            _pass.Clear().Capture(_hook, inputs).Capture(HookPoint.FinalNorm, clean);
            _model.Forward(new TokenBatch(batch.Tokens, batch.Sequences), _pass);
            _clean = new double[rows];
            _scorer.CrossEntropy(clean, batch.Targets, _clean);
            _model.Device.GatherRows(inputs, batch.Kept, _kept.RowRange(0, batch.Kept.Length));
            _model.Device.Fill(_reconstructed, 0f);
            (_zero, _zeroDivergence) = RunChanged(batch);
        }

        internal SpliceLosses RunSpliced(HeldOutBatch batch, int dictionary)
        {
            int kept = batch.Kept.Length;
            _dictionaries[dictionary].Encode(_kept.RowRange(0, kept), _codes[dictionary]);
            _dictionaries[dictionary].Decode(_codes[dictionary], _reconstructed.RowRange(0, kept));
            (double[] spliced, double[] divergence) = RunChanged(batch);
            return new SpliceLosses(_clean, spliced, _zero, divergence, _zeroDivergence);
        }

        /// <summary>A pass with the rows of <c>_reconstructed</c> at the kept positions.</summary>
        private (double[] Losses, double[] Divergence) RunChanged(HeldOutBatch batch)
        {
            int rows = batch.Tokens.Length, kept = batch.Kept.Length;
            MatrixView spliced = _spliced.RowRange(0, rows), changed = _changedNorm.RowRange(0, rows);
            _model.Device.Copy(_inputs.RowRange(0, rows), spliced);
            _model.Device.CopyRows(_reconstructed, _order.AsSpan(0, kept), spliced, batch.Kept);
            _pass.Clear().Edit(_hook, new ReplaceWith(spliced)).Capture(HookPoint.FinalNorm, changed);
            _model.Forward(new TokenBatch(batch.Tokens, batch.Sequences), _pass);
            double[] losses = new double[rows], divergence = new double[rows];
            _scorer.CrossEntropy(changed, batch.Targets, losses);
            _scorer.Divergence(_cleanNorm.RowRange(0, rows), changed, divergence);
            return (losses, divergence);
        }
    }
}
