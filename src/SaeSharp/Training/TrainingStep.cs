using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Dictionaries.Encoders;
using SaeSharp.Dictionaries.Sparsifiers;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Training.Losses;

namespace SaeSharp.Training;

/// <summary>One dictionary's training step: forward, loss, hand-derived backward, clip, Adam, constraints.</summary>
/// <remarks>
/// Order of section 2.1 of the PolySAE spec: forward → loss → backward → (projection) → clip → Adam → retraction.
/// Nothing is allocated after the first steps. Not thread-safe.
/// </remarks>
public sealed class TrainingStep : IDisposable
{
    private readonly SparseDictionary _dictionary;
    private readonly Device _device;
    private readonly TrainingSpec _spec;
    private readonly long _steps;
    private readonly AdamOptimizer _optimizer;
    private readonly DeadLatents _dead;
    private readonly AuxKLoss _auxK;
    private readonly DirectionNorms _norms;
    private readonly SparsityLoss _sparsity;
    private readonly ReconstructionLoss _outer;
    private readonly ReconstructionLoss? _inner;
    private readonly EntryBuffer _scores;
    private readonly Matrix _biasScratch;
    private readonly Constraints _constraints;
    private readonly int _innerLevels;
    private CodeBatch? _batch;

    /// <summary>Prepares to train a dictionary.</summary>
    /// <param name="dictionary">What is trained; stays the caller's.</param>
    /// <param name="spec">How.</param>
    /// <param name="steps">Number of steps of the run, for the schedule.</param>
    /// <exception cref="InputException">A number of <paramref name="spec"/> is out of range.</exception>
    public TrainingStep(SparseDictionary dictionary, TrainingSpec spec, long steps)
    {
        spec.Validate();
        _dictionary = dictionary;
        _device = dictionary.Device;
        _spec = spec;
        _steps = steps;
        _optimizer = new AdamOptimizer(_device, spec);
        _dead = new DeadLatents(dictionary);
        _auxK = new AuxKLoss(dictionary, _dead);
        _norms = new DirectionNorms(dictionary);
        _sparsity = new SparsityLoss(dictionary, _norms);
        _scores = new EntryBuffer(_device);
        _biasScratch = _device.Allocate(1, dictionary.Latents);
        _constraints = new Constraints(dictionary);
        SilentSteps = new long[dictionary.Latents];
        SilentTokens = new long[dictionary.Latents];
        Firings = new long[dictionary.Latents];
        (_outer, _inner, _innerLevels) = BuildReconstruction(dictionary);
    }

    /// <summary>Steps since each latent fired.</summary>
    public long[] SilentSteps { get; }

    /// <summary>Tokens since each latent fired (the whole batch counts).</summary>
    public long[] SilentTokens { get; }

    /// <summary>How often each latent has fired since training began.</summary>
    public long[] Firings { get; }

    /// <summary>Codes of the last step.</summary>
    public CsrMatrix Codes => _batch!.Codes;

    /// <summary>∂loss/∂x̂ of the last step, [B, D]: 2 / B · (x̂ − x), weighted as the outer level is.</summary>
    internal MatrixView OutputGradient => _outer.LastGradient;

    /// <summary>What <see cref="OutputGradient"/> is a multiple of x̂ − x by.</summary>
    internal float OutputGradientScale => _outer.LastScale;

    /// <summary>a = z U of the last step for a polynomial decoder, [B, R1].</summary>
    internal MatrixView OutputInner => _outer.Inner;

    /// <summary>Runs a whole step.</summary>
    /// <param name="x">[B, D]</param>
    /// <param name="step">Number of the step, from 0.</param>
    /// <exception cref="ArithmeticException">A gradient is not finite; the weights have not been touched.</exception>
    public StepResult Run(MatrixView x, long step)
    {
        StepLosses losses = ComputeGradients(x, step);
        _constraints.ProjectGradients();
        double norm = _optimizer.GradientNorm(_dictionary.Parameters);
        if (!double.IsFinite(norm)) throw new ArithmeticException(Blame(x, losses));
        double rate = LearningRate.At(_spec, step, _steps);
        _optimizer.Step(_dictionary.Parameters, norm, rate, step);
        double drift = _constraints.Restore();
        return new StepResult(losses, norm, rate, drift);
    }

    /// <summary>Forward, loss and backward: leaves the gradient of every parameter, before projection and clipping.</summary>
    /// <inheritdoc cref="Run"/>
    public StepLosses ComputeGradients(MatrixView x, long step)
    {
        Prepare(x, step);
        CodeBatch batch = _batch!;
        MatrixView weights = _dictionary.SelectionWeights();
        MatrixView centered = _dictionary.EncodeForTraining(x, weights, batch.Codes, _scores);
        _scores.Take(batch.Codes.EntryCount).CopyTo(batch.Scores);
        _device.Transpose(batch.Codes, batch.Transpose);
        int dead = CountSilence(batch, x.Rows);
        if (_sparsity.UsesNorms) _norms.Measure();

        _outer.Run(batch, batch.Codes.ValueSpan, batch.CodeGradients, x, accumulate: false);
        bool linearInner = _dictionary.InnerDecoder is not null;
        if (linearInner) _inner!.Run(batch, batch.Codes.ValueSpan, batch.CodeGradients, x, accumulate: true);
        double auxiliary = 0;
        double sparsity = 0;
        Span<float> productGradients = batch.CodeGradients;
        switch (_dictionary.Encoder)
        {
            case GatedEncoder gated:
                (auxiliary, sparsity) = RunGate(gated, batch, x, step);
                productGradients = batch.ScoreGradients;
                break;
            case LinearEncoder linear:
                if (_sparsity.UsesL1) sparsity = _sparsity.AddL1(batch, batch.Codes.ValueSpan, batch.CodeGradients, step);
                if (_dictionary.Sparsifier is JumpReluSparsifier jump)
                {
                    sparsity = _sparsity.RunJumpRelu(batch, jump, step);
                    productGradients = batch.ScoreGradients;
                }

                _device.SparseColumnSums(batch.Transpose, productGradients, linear.ScoreBias.Gradient, linear.ScoreBias.TakeBeta());
                break;
        }

        _dictionary.Encoder.AddWeightGradient(_device, centered, batch, productGradients);
        auxiliary += RunDeadLatents(centered, weights);
        _norms.Backward();
        (_dictionary.Sparsifier as JumpReluSparsifier)?.FinishGradient();
        AddInputBiasGradient(batch, productGradients);

        double inner = 0;
        for (int level = 0; level < _innerLevels; level++) inner += linearInner ? _inner!.Loss(level) : _outer.Loss(level);
        long active = _device.CountNonZero(batch.Codes.ValueSpan);
        var losses = new StepLosses(_outer.Loss(linearInner ? 0 : _innerLevels), inner, auxiliary, sparsity, (double)active / x.Rows, dead);

        // A batch that is about to stop the run leaves no trace in the threshold.
        if (double.IsFinite(losses.Total)) (_dictionary.Sparsifier as BatchTopKSparsifier)?.UpdateThreshold(step);
        return losses;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batch?.Dispose();
        _dead.Dispose();
        _auxK.Dispose();
        _norms.Dispose();
        _sparsity.Dispose();
        _outer.Dispose();
        _inner?.Dispose();
        _scores.Dispose();
        _biasScratch.Dispose();
        _constraints.Dispose();
    }

    private static (ReconstructionLoss Outer, ReconstructionLoss? Inner, int InnerLevels) BuildReconstruction(SparseDictionary dictionary)
    {
        MatryoshkaSpec spec = dictionary.Spec.Matryoshka;
        int latents = dictionary.Latents;
        List<int> ends = [.. spec.Widths];
        if (ends.Count == 0 || ends[^1] != latents) ends.Add(latents);
        double[] weights = spec.Weights.Count > 0 ? [.. spec.Weights] : [.. Enumerable.Repeat(1.0, ends.Count)];
        Device device = dictionary.Device;
        if (dictionary.Encoder is GatedEncoder)
        {
            var gate = new ReconstructionLoss(device, dictionary.Decoder, dictionary.DecoderBias, [latents], [1.0]);
            return (new ReconstructionLoss(device, dictionary.Decoder, dictionary.DecoderBias, [latents], weights), gate, 0);
        }

        if (dictionary.InnerDecoder is not { } innerTower)
            return (new ReconstructionLoss(device, dictionary.Decoder, dictionary.DecoderBias, [.. ends], weights), null, ends.Count - 1);
        var outer = new ReconstructionLoss(device, dictionary.Decoder, dictionary.DecoderBias, [latents], [weights[^1]]);
        return (outer, new ReconstructionLoss(device, innerTower, dictionary.DecoderBias, [.. ends[..^1]], weights[..^1]), ends.Count - 1);
    }

    private void Prepare(MatrixView x, long step)
    {
        if (_batch is null || _batch.Codes.RowCapacity < x.Rows)
        {
            _batch?.Dispose();
            _batch = new CodeBatch(_device, x.Rows, _dictionary.Latents);
        }

        IReadOnlyList<Parameter> parameters = _dictionary.Parameters;
        for (int i = 0; i < parameters.Count; i++) parameters[i].ClearGradient();
        (_dictionary.Sparsifier as BatchTopKSparsifier)?.Anneal(step);
    }

    /// <summary>The gate path: its rectified scores must reconstruct through the decoder, and pay L1.</summary>
    private (double Auxiliary, double Sparsity) RunGate(GatedEncoder gated, CodeBatch batch, MatrixView x, long step)
    {
        // Scores of a gated encoder are positive wherever there is an entry, so they are their own rectification.
        _inner!.Run(batch, batch.Scores, batch.ScoreGradients, x, accumulate: false, _dictionary.Spec.Encoder.GateTrainsDecoder);
        double sparsity = _sparsity.AddL1(batch, batch.Scores, batch.ScoreGradients, step);
        gated.Backward(_device, batch);
        return (_inner.Loss(0), sparsity);
    }

    private double RunDeadLatents(MatrixView centered, MatrixView weights)
    {
        if (_dictionary.Sparsifier is JumpReluSparsifier jump) return _sparsity.RunPreActivation(centered, _dead, jump);
        bool selects = _dictionary.Sparsifier is TopKSparsifier or BatchTopKSparsifier;
        if (!selects || _dictionary.Spec.AuxK.Rule == AuxKRule.Off || _dead.Count == 0) return 0;
        return _auxK.Run(centered, _outer.LastGradient, _outer.LastScale, weights);
    }

    /// <summary>published: dead is decided before this batch; sound: after it has been counted.</summary>
    private int CountSilence(CodeBatch batch, int rows)
    {
        AuxKSpec aux = _dictionary.Spec.AuxK;
        bool before = aux.Rule != AuxKRule.Sound;
        if (before) _dead.Choose(SilentSteps, aux.DeadAfterSteps + 1L);
        _device.CountSilence(batch.Transpose, batch.Codes.ValueSpan, SilentSteps, 1, Firings);
        _device.CountSilence(batch.Transpose, batch.Codes.ValueSpan, SilentTokens, rows, default);
        if (!before) _dead.Choose(SilentTokens, aux.DeadAfterTokens);
        return _dead.Count;
    }

    /// <summary>b_dec is subtracted from every input, so it receives −(Σ_t ∂loss/∂(W s)) W: one matrix–vector product.</summary>
    private void AddInputBiasGradient(CodeBatch batch, ReadOnlySpan<float> productGradients)
    {
        if (!_dictionary.Spec.Encoder.SubtractDecoderBias) return;
        MatrixView sums = _dictionary.Encoder is LinearEncoder linear ? linear.ScoreBias.Gradient : _biasScratch;
        if (_dictionary.Encoder is not LinearEncoder) _device.SparseColumnSums(batch.Transpose, productGradients, sums);
        Parameter bias = _dictionary.DecoderBias;
        _device.Gemm(GemmShape.NN, sums, _dictionary.Encoder.Weights.Value, bias.Gradient, -1f, bias.TakeBeta());
    }

    private string Blame(MatrixView x, StepLosses losses)
    {
        if (!_device.AllFinite(x)) return "the batch of vectors holds a value that is not finite";
        foreach (Parameter p in _dictionary.Parameters)
        {
            if (!_device.AllFinite(p.Value)) return $"tensor {p.Name} of dictionary '{_dictionary.Spec.Name}' is not finite";
        }

        foreach (Parameter p in _dictionary.Parameters)
        {
            if (p.HasGradient && !_device.AllFinite(p.Gradient))
                return $"the gradient of {p.Name} of dictionary '{_dictionary.Spec.Name}' is not finite (loss {losses.Total:g4})";
        }

        return $"the gradient norm of dictionary '{_dictionary.Spec.Name}' overflows (loss {losses.Total:g4})";
    }
}
