using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Sparsifiers;
using SaeSharp.Numerics;

namespace SaeSharp.Training.Losses;

/// <summary>The penalties that keep codes few: L1, and JumpReLU's surrogates of L0.</summary>
internal sealed class SparsityLoss : IDisposable
{
    private readonly SparseDictionary _dictionary;
    private readonly Device _device;
    private readonly SparsifierSpec _spec;
    private readonly DirectionNorms _norms;
    private readonly Matrix _latents;
    private readonly bool _gated;
    private Matrix? _deadScores;
    private Matrix? _deadSums;

    public SparsityLoss(SparseDictionary dictionary, DirectionNorms norms)
    {
        _dictionary = dictionary;
        _device = dictionary.Device;
        _spec = dictionary.Spec.Sparsifier;
        _norms = norms;
        _latents = _device.Allocate(1, dictionary.Latents);
        _gated = dictionary.Spec.Encoder.Kind == EncoderKind.Gated;
    }

    /// <summary>Whether this dictionary pays L1.</summary>
    public bool UsesL1 => _gated || _spec.Kind == SparsifierKind.Relu;

    /// <summary>Whether this dictionary has thresholds to train.</summary>
    public bool UsesThresholds => !_gated && _spec.Kind == SparsifierKind.JumpRelu;

    /// <summary>Whether norms of directions enter the loss.</summary>
    public bool UsesNorms => (UsesL1 && _spec.L1ByDecoderNorm)
        || (UsesThresholds && (_spec.L0Penalty == L0Penalty.Tanh || _spec.PreActivationCoefficient > 0));

    /// <summary>Part of the penalty's full weight at a step.</summary>
    public double WarmUp(long step) => _spec.WarmUpSteps > 0 ? Math.Min(1.0, (double)step / _spec.WarmUpSteps) : 1.0;

    /// <summary>L1: c / B · Σ v n; adds c / B · n to the entries' gradients and the norms' gradient to the decoder.</summary>
    /// <param name="batch">The codes.</param>
    /// <param name="values">What is penalised: codes, or a gate's scores (all positive).</param>
    /// <param name="gradients">∂loss/∂value.</param>
    /// <param name="step">Number of the step.</param>
    public double AddL1(CodeBatch batch, ReadOnlySpan<float> values, Span<float> gradients, long step)
    {
        double alpha = _spec.L1Coefficient * WarmUp(step) / batch.Codes.Rows;
        MatrixView weights = _spec.L1ByDecoderNorm ? _norms.Values : default;
        _device.SparseColumnSums(batch.Transpose, values, _latents);
        double loss;
        if (_spec.L1ByDecoderNorm)
        {
            loss = alpha * _device.Dot(_latents, weights);
            _norms.AddGradient((float)alpha, _latents);
        }
        else
        {
            loss = alpha * Sum(_latents);
        }

        AddToEntries(batch.Codes, (float)alpha, weights, values, gradients);
        return loss;
    }

    /// <summary>JumpReLU: the L0 surrogate and the straight-through gradient of codes and thresholds.</summary>
    /// <param name="batch">Code gradients go in; score gradients come out.</param>
    /// <param name="jump">The sparsifier.</param>
    /// <param name="step">Number of the step.</param>
    public double RunJumpRelu(CodeBatch batch, JumpReluSparsifier jump, long step)
    {
        int rows = batch.Codes.Rows;
        double weight = _spec.L0Coefficient * WarmUp(step);
        long active = _device.CountNonZero(batch.Codes.ValueSpan);
        double l0 = (double)active / rows;
        double loss = 0;
        double stepWeight = 0;
        switch (_spec.L0Penalty)
        {
            case L0Penalty.Tanh:
                double alpha = weight / rows;
                loss = alpha * _device.TanhPenalty(batch.Codes, _norms.Values, (float)_spec.TanhScale, (float)alpha, batch.CodeGradients, batch.Extra);
                _device.SparseColumnSums(batch.Transpose, batch.Extra, _latents);
                _norms.AddGradient(1f, _latents);
                break;
            case L0Penalty.Target:
                double excess = (l0 / _spec.TargetL0) - 1;
                loss = weight * excess * excess;
                stepWeight = 2 * weight * excess / _spec.TargetL0 / rows;
                break;
            default:
                loss = weight * l0;
                stepWeight = weight / rows;
                break;
        }

        _device.JumpReluBackward(
            batch.Codes, batch.Scores, jump.Thresholds, (float)_spec.Bandwidth,
            _spec.L0Penalty == L0Penalty.Target ? 0f : (float)stepWeight, batch.CodeGradients, batch.ScoreGradients, batch.Extra);
        Parameter parameter = jump.Parameter;
        _device.SparseColumnSums(batch.Transpose, batch.Extra, parameter.Gradient, parameter.TakeBeta());
        if (_spec.L0Penalty == L0Penalty.Target) AddTargetGradient(batch, jump, stepWeight);
        return loss;
    }

    /// <summary>The pre-activation loss: c / B · Σ_dead max(0, θ − h) n, which pulls the scores of dead latents up to their thresholds.</summary>
    public double RunPreActivation(MatrixView centered, DeadLatents dead, JumpReluSparsifier jump)
    {
        if (_spec.PreActivationCoefficient <= 0 || dead.Count == 0) return 0;
        const int SliceFloats = 1 << 20;
        double alpha = _spec.PreActivationCoefficient / centered.Rows;
        dead.Gather(withTable: false);
        MatrixView bias = dead.GatherVector(_dictionary.Encoder.ScoreBias.Value, 0);
        MatrixView thresholds = dead.GatherVector(jump.Thresholds, 1);
        MatrixView norms = dead.GatherVector(_norms.Values, 2);
        MatrixView sums = dead.VectorSlot(3);
        MatrixView counts = dead.VectorSlot(4);
        MatrixView biasGradient = dead.VectorSlot(5);
        int slice = Math.Clamp(SliceFloats / dead.Count, 8, centered.Rows);
        MatrixView scores = Shape(ref _deadScores, slice, dead.Count);
        MatrixView sumSums = Shape(ref _deadSums, 2, dead.Count);
        for (int start = 0; start < centered.Rows; start += slice)
        {
            int count = Math.Min(slice, centered.Rows - start);
            MatrixView s = centered.RowRange(start, count);
            MatrixView h = scores.RowRange(0, count);
            float beta = start > 0 ? 1f : 0f;
            _device.Gemm(GemmShape.NT, s, dead.Encoder, h);
            _device.AddRowVector(h, 1f, bias, h);
            _device.HingeBelow(h, thresholds, norms, (float)alpha, sums, counts);
            _device.Axpby(1f, sums, beta, sumSums.RowRange(0, 1));
            _device.Axpby(1f, counts, beta, sumSums.RowRange(1, 1));
            _device.Gemm(GemmShape.TN, h, s, dead.EncoderGradient, 1f, beta);
            _device.ColumnSums(h, biasGradient, beta);
        }

        dead.ScatterEncoder();
        dead.ScatterVector(biasGradient, _dictionary.Encoder.ScoreBias);
        double loss = alpha * _device.Dot(sumSums.RowRange(0, 1), norms);
        _device.Multiply(sumSums.RowRange(1, 1), norms, counts);
        _device.Axpby(0f, counts, (float)alpha, counts);
        dead.ScatterVector(counts, jump.Parameter);
        _device.Fill(_latents, 0f);
        dead.ScatterVector(sumSums.RowRange(0, 1), _latents);
        _norms.AddGradient((float)alpha, _latents);
        return loss;
    }

    public void Dispose()
    {
        _latents.Dispose();
        _deadScores?.Dispose();
        _deadSums?.Dispose();
    }

    /// <summary>A matrix of that shape in memory that is kept from step to step.</summary>
    private unsafe MatrixView Shape(ref Matrix? room, int rows, int columns)
    {
        int floats = checked(rows * columns);
        if (room is null || room.Columns < floats)
        {
            room?.Dispose();
            room = _device.Allocate(1, checked((int)Math.Min(Array.MaxLength, floats * 3L / 2)));
        }

        return new MatrixView(room.View.Data, rows, columns, columns);
    }

    private static double Sum(Matrix vector)
    {
        double sum = 0;
        foreach (float value in vector.AsSpan()) sum += value;
        return sum;
    }

    private void AddToEntries(CsrMatrix codes, float alpha, MatrixView weights, ReadOnlySpan<float> values, Span<float> gradients)
    {
        // A gate's scores are all positive, so its penalty reaches entries whose code is zero too.
        if (_gated) _device.AddToEntries(codes, alpha, weights, gradients);
        else _device.AddToActiveEntries(codes, alpha, weights, gradients);
    }

    /// <summary>The target penalty looks at the code after the jump: every code that is off stands at 0, so it is near a threshold below bandwidth / 2.</summary>
    private void AddTargetGradient(CodeBatch batch, JumpReluSparsifier jump, double stepWeight)
    {
        _device.CountNearThreshold(batch.Codes, batch.Transpose, jump.Thresholds, (float)_spec.Bandwidth, _latents);
        _device.Axpby((float)(-stepWeight / _spec.Bandwidth), _latents, 1f, jump.Parameter.Gradient);
    }
}
