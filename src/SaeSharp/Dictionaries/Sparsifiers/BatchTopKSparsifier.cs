using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Sparsifiers;

/// <summary>The ⌊k · B⌋ largest positive scores of a batch; outside training every score above a threshold learned as a moving average.</summary>
/// <remarks>
/// Only candidates above a running bound are kept while slices come in, so memory stays near 2 k B entries whatever the dictionary's size.
/// Section 1.2 of the PolySAE spec: θ ← (1 − rate) θ + rate · (smallest kept score), skipped when nothing is kept.
/// </remarks>
internal sealed class BatchTopKSparsifier(Device device, SparsifierSpec spec, int width) : Sparsifier
{
    private readonly Matrix _bound = device.Allocate(1, 1);
    private bool _batchRule;
    private int _keep;
    private int _rowsSeen;
    private float _smallestKept;

    /// <summary>θ, in units of (weighted) scores; 0 before there is an estimate.</summary>
    public double Threshold { get; set; }

    /// <summary>k of the next batch; falls during annealing.</summary>
    public double K { get; set; } = spec.K;

    public override void Begin(int rows, bool training)
    {
        _batchRule = training || spec.Inference == InferenceRule.Batch;
        _keep = (int)Math.Min(int.MaxValue, (long)(K * rows));
        _rowsSeen = 0;
        _smallestKept = float.PositiveInfinity;
        _bound[0, 0] = _batchRule ? 0f : MathF.Max(0f, (float)Threshold);
    }

    public override void Select(Device device, MatrixView scores, MatrixView bias, MatrixView weights, int firstRow, CsrMatrix codes)
    {
        device.SelectAbove(scores, bias, weights, _bound, firstRow, codes);
        _rowsSeen = firstRow + scores.Rows;
        if (_batchRule && codes.RowPointerSpan[_rowsSeen] > 2L * _keep)
        {
            float smallest = device.Prune(codes, weights, _rowsSeen, _keep);
            // Scores equal to the bound stay candidates: ties are settled by position when the batch is whole.
            if (float.IsFinite(smallest)) _bound[0, 0] = MathF.Max(0f, MathF.BitDecrement(smallest));
        }
    }

    public override void Finish(Device device, MatrixView weights, CsrMatrix codes)
    {
        if (_batchRule) _smallestKept = device.Prune(codes, weights, _rowsSeen, _keep);
    }

    /// <summary>Takes the batch that was just selected into the estimate of the threshold.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    public void UpdateThreshold(long step)
    {
        if (!float.IsFinite(_smallestKept) || _smallestKept <= 0) return;
        if (spec.ThresholdStart > 0)
        {
            if (step <= spec.ThresholdStart) return;
            Threshold = Threshold <= 0 ? _smallestKept : ((1 - spec.ThresholdRate) * Threshold) + (spec.ThresholdRate * _smallestKept);
            return;
        }

        Threshold = ((1 - spec.ThresholdRate) * Threshold) + (spec.ThresholdRate * _smallestKept);
    }

    /// <summary>Sets k for a step: it falls in a line from the width to its value over the annealing steps.</summary>
    public void Anneal(long step)
    {
        if (spec.AnnealSteps <= 0 || step <= 0 || step > spec.AnnealSteps)
        {
            K = spec.K;
            return;
        }

        // dictionary_learning anneals after a step, so step s uses the value computed after step s − 1, in whole latents.
        double part = (step - 1.0) / spec.AnnealSteps;
        K = Math.Floor((width * (1 - part)) + (spec.K * part));
    }

    public override void Dispose()
    {
        base.Dispose();
        _bound.Dispose();
    }
}
