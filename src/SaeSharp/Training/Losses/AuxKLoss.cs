using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Numerics;

namespace SaeSharp.Training.Losses;

/// <summary>The loss that revives dead latents: the k_aux highest-scoring of them a token are asked to explain the residual x − x̂.</summary>
/// <remarks>
/// <para>published: L = c · s · mean‖decode(z) − e‖², raw scores, full decoder with its bias, k_aux = min(⌊D/2⌋, n), s = min(n / ⌊D/2⌋, 1) (section 2.2 of the PolySAE spec).</para>
/// <para>sound: L = c · Σ‖L z − e‖² / Σ‖e − ē‖², rectified scores, the linear part without bias.</para>
/// <para>The residual e is a constant. Work is dense over the gathered dead latents: a GEMM, not a gather of up to D/2 rows a token.</para>
/// </remarks>
internal sealed class AuxKLoss(SparseDictionary dictionary, DeadLatents dead) : IDisposable
{
    private const int SliceFloats = 4 << 20;

    private readonly Device _device = dictionary.Device;
    private readonly AuxKSpec _spec = dictionary.Spec.AuxK;
    private Matrix? _codes;
    private Matrix? _codeGradients;
    private Matrix? _inner;
    private Matrix? _innerGradients;
    private Matrix? _output;
    private Matrix? _columnSums;

    /// <summary>Adds the gradients of encoder, decoder and biases.</summary>
    /// <param name="centered">s, [B, D].</param>
    /// <param name="residualGradient">scale · (x̂ − x), [B, D].</param>
    /// <param name="scale">That scale.</param>
    /// <param name="weights">[1, F] that order the scores, or an empty view.</param>
    /// <returns>The weighted loss.</returns>
    public double Run(MatrixView centered, MatrixView residualGradient, float scale, MatrixView weights)
    {
        bool published = _spec.Rule == AuxKRule.Published;
        int rows = centered.Rows;
        int half = _spec.K > 0 ? _spec.K : dictionary.Width / 2;
        int k = Math.Min(half, dead.Count);
        if (k == 0 || rows == 0) return 0;
        double coefficient = _spec.Coefficient ?? (published ? 1.0 : 1.0 / 32);
        coefficient *= published ? Math.Min(1.0, (double)dead.Count / half) / rows : 1.0 / ResidualVariance(residualGradient, scale);
        if (!double.IsFinite(coefficient)) return 0;

        dead.Gather(withTable: true);
        MatrixView bias = dead.GatherVector(dictionary.Encoder.ScoreBias.Value, 0);
        MatrixView order = weights.Length == 0 ? default : dead.GatherVector(weights, 1);
        MatrixView inverse = default;
        if (order.Length > 0)
        {
            inverse = dead.VectorSlot(2);
            for (int i = 0; i < dead.Count; i++) inverse[0, i] = 1f / order[0, i];
        }

        MatrixView biasGradient = dead.VectorSlot(3);
        int slice = Math.Clamp(SliceFloats / dead.Count, 8, rows);
        Reserve(slice);
        double sum = 0;
        for (int start = 0; start < rows; start += slice)
        {
            int count = Math.Min(slice, rows - start);
            MatrixView s = centered.RowRange(start, count);
            MatrixView z = Shape(_codes!, count);
            _device.Gemm(GemmShape.NT, s, dead.Encoder, z);
            _device.AddRowVector(z, 1f, bias, z);
            if (order.Length > 0) _device.ScaleColumns(z, order);
            _device.KeepTopK(z, k);
            if (order.Length > 0) _device.ScaleColumns(z, inverse);
            if (!published) _device.Rectify(z);
            sum += RunSlice(z, residualGradient.RowRange(start, count), scale, (float)(2 * coefficient), published, s, start > 0, biasGradient);
        }

        dead.ScatterEncoder();
        dead.ScatterTable();
        dead.ScatterVector(biasGradient, dictionary.Encoder.ScoreBias);
        return coefficient * sum;
    }

    public void Dispose()
    {
        _codes?.Dispose();
        _codeGradients?.Dispose();
        _inner?.Dispose();
        _innerGradients?.Dispose();
        _output?.Dispose();
        _columnSums?.Dispose();
    }

    private double RunSlice(
        MatrixView z, MatrixView g, float scale, float gradientScale, bool published, MatrixView s, bool accumulate, MatrixView biasGradient)
    {
        DecoderHead head = dictionary.Decoder.Head;
        int count = z.Rows;
        MatrixView y = _output!.RowRange(0, count);
        MatrixView a = head.IsIdentity ? y : _inner!.RowRange(0, count);
        MatrixView da = head.IsIdentity ? y : _innerGradients!.RowRange(0, count);
        _device.Gemm(GemmShape.NN, z, dead.Table, a);
        if (!head.IsIdentity)
        {
            head.Reserve(count);
            if (published) head.Forward(a, y);
            else head.LinearPart(a, y);
        }

        if (published) _device.AddRowVector(y, 1f, dictionary.DecoderBias.Value, y);

        // e = −g / scale, so y − e = y + g / scale.
        _device.Axpby(1f / scale, g, 1f, y);
        double sum = _device.SumOfSquares(y);
        _device.Axpby(0f, y, gradientScale, y);
        if (published) _device.ColumnSums(y, dictionary.DecoderBias.Gradient, dictionary.DecoderBias.TakeBeta());
        if (!head.IsIdentity)
        {
            if (published) head.Backward(a, y, da);
            else head.LinearPartBackward(a, y, da);
        }

        float beta = accumulate ? 1f : 0f;
        _device.Gemm(GemmShape.TN, z, da, dead.TableGradient, 1f, beta);
        MatrixView dz = Shape(_codeGradients!, count);
        _device.Gemm(GemmShape.NT, da, dead.Table, dz);
        _device.MaskBy(z, !published, dz);
        _device.Gemm(GemmShape.TN, dz, s, dead.EncoderGradient, 1f, beta);
        _device.ColumnSums(dz, biasGradient, beta);
        return sum;
    }

    /// <summary>Σ‖e − ē‖², where e = −g / scale; 0 where it is nothing but rounding (one token, or one that fills the batch).</summary>
    private double ResidualVariance(MatrixView g, float scale)
    {
        _columnSums ??= _device.Allocate(1, g.Columns);
        _device.ColumnSums(g, _columnSums);
        double total = _device.SumOfSquares(g);
        double variance = total - (_device.SumOfSquares(_columnSums) / g.Rows);
        return variance > 1e-6 * total ? variance / ((double)scale * scale) : 0;
    }

    private MatrixView Shape(Matrix buffer, int rows)
    {
        unsafe
        {
            return new MatrixView(buffer.View.Data, rows, dead.Count, dead.Count);
        }
    }

    private void Reserve(int slice)
    {
        int floats = checked(slice * dead.Count);
        if (_codes is null || _codes.Columns < floats)
        {
            _codes?.Dispose();
            _codeGradients?.Dispose();
            int room = Math.Max(floats, Math.Min(SliceFloats, floats * 3 / 2));
            _codes = _device.Allocate(1, room);
            _codeGradients = _device.Allocate(1, room);
        }

        if (_output is null || _output.Rows < slice)
        {
            _output?.Dispose();
            _output = _device.Allocate(slice, dictionary.Width);
            if (dictionary.Decoder.Head.IsIdentity) return;
            _inner?.Dispose();
            _innerGradients?.Dispose();
            _inner = _device.Allocate(slice, dictionary.Decoder.Head.InnerWidth);
            _innerGradients = _device.Allocate(slice, dictionary.Decoder.Head.InnerWidth);
        }
    }
}
