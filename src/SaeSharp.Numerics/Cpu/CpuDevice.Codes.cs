using System.Numerics.Tensors;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    public override void JumpRelu(CsrMatrix codes, MatrixView thresholds, Span<float> scores)
    {
        RequireVector(thresholds, codes.Columns, nameof(thresholds));
        Span<float> values = codes.ValueSpan;
        values.CopyTo(scores);
        int* columns = codes.ColumnIndices;
        for (int e = 0; e < values.Length; e++)
        {
            if (!(values[e] > thresholds.Data[columns[e]])) values[e] = 0f;
        }
    }

    /// <inheritdoc/>
    public override void JumpReluBackward(
        CsrMatrix codes, ReadOnlySpan<float> scores, MatrixView thresholds, float bandwidth, float stepWeight,
        ReadOnlySpan<float> codeGradients, Span<float> scoreGradients, Span<float> thresholdGradients)
    {
        RequireVector(thresholds, codes.Columns, nameof(thresholds));
        int count = codes.EntryCount;
        int* columns = codes.ColumnIndices;
        for (int e = 0; e < count; e++)
        {
            float theta = thresholds.Data[columns[e]];
            float gradient = codeGradients[e];
            bool near = MathF.Abs((scores[e] - theta) / bandwidth) < 0.5f;
            scoreGradients[e] = scores[e] > theta ? gradient : 0f;
            thresholdGradients[e] = near ? -((theta * gradient) + stepWeight) / bandwidth : 0f;
        }
    }

    /// <inheritdoc/>
    public override void AddToActiveEntries(CsrMatrix codes, float alpha, MatrixView weights, Span<float> gradients)
    {
        int count = codes.EntryCount;
        int* columns = codes.ColumnIndices;
        float* values = codes.Values;
        bool weighted = weights.Length > 0;
        for (int e = 0; e < count; e++)
        {
            if (values[e] != 0f) gradients[e] += weighted ? alpha * weights.Data[columns[e]] : alpha;
        }
    }

    /// <inheritdoc/>
    public override void AddToEntries(CsrMatrix codes, float alpha, MatrixView weights, Span<float> gradients)
    {
        int count = codes.EntryCount;
        int* columns = codes.ColumnIndices;
        bool weighted = weights.Length > 0;
        for (int e = 0; e < count; e++) gradients[e] += weighted ? alpha * weights.Data[columns[e]] : alpha;
    }

    /// <inheritdoc/>
    public override void CountNearThreshold(CsrMatrix codes, CsrTranspose transpose, MatrixView thresholds, float bandwidth, MatrixView counts)
    {
        for (int f = 0; f < transpose.Columns; f++)
        {
            float theta = thresholds.Data[f];
            int on = 0;
            int near = 0;
            for (int p = transpose.ColumnPointers[f]; p < transpose.ColumnPointers[f + 1]; p++)
            {
                float code = codes.Values[transpose.EntryIndices[p]];
                if (code == 0f) continue;
                on++;
                if (MathF.Abs((code - theta) / bandwidth) < 0.5f) near++;
            }

            if (MathF.Abs(theta / bandwidth) < 0.5f) near += codes.Rows - on;
            counts.Data[f] = near;
        }
    }

    /// <inheritdoc/>
    public override double TanhPenalty(
        CsrMatrix codes, MatrixView norms, float scale, float alpha, Span<float> codeGradients, Span<float> normGradients)
    {
        int count = codes.EntryCount;
        int* columns = codes.ColumnIndices;
        float* values = codes.Values;
        double sum = 0;
        for (int e = 0; e < count; e++)
        {
            float norm = norms.Data[columns[e]];
            double t = Math.Tanh(scale * values[e] * norm);
            sum += t;
            float slope = (float)(alpha * scale * (1 - (t * t)));
            codeGradients[e] += slope * norm;
            normGradients[e] = slope * values[e];
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void GatedMagnitude(
        CsrMatrix codes, MatrixView gateBias, MatrixView logScale, MatrixView magnitudeBias, Span<float> gateScores)
    {
        Span<float> values = codes.ValueSpan;
        values.CopyTo(gateScores);
        int* columns = codes.ColumnIndices;
        for (int e = 0; e < values.Length; e++)
        {
            int f = columns[e];
            values[e] = MathF.Max(0f, ((values[e] - gateBias.Data[f]) * MathF.Exp(logScale.Data[f])) + magnitudeBias.Data[f]);
        }
    }

    /// <inheritdoc/>
    public override void GatedMagnitudeBackward(
        CsrMatrix codes, ReadOnlySpan<float> gateScores, MatrixView gateBias, MatrixView logScale,
        Span<float> codeGradients, ReadOnlySpan<float> gateGradients, Span<float> productGradients, Span<float> logScaleGradients)
    {
        int count = codes.EntryCount;
        int* columns = codes.ColumnIndices;
        float* values = codes.Values;
        for (int e = 0; e < count; e++)
        {
            int f = columns[e];
            float gradient = values[e] > 0f ? codeGradients[e] : 0f;
            float throughScale = gradient * MathF.Exp(logScale.Data[f]);
            codeGradients[e] = gradient;
            productGradients[e] = throughScale + gateGradients[e];
            logScaleGradients[e] = throughScale * (gateScores[e] - gateBias.Data[f]);
        }
    }

    /// <inheritdoc/>
    public override void CountSilence(CsrTranspose transpose, ReadOnlySpan<float> values, Span<long> silence, long increment, Span<long> firings)
    {
        for (int f = 0; f < transpose.Columns; f++)
        {
            long fired = 0;
            for (int p = transpose.ColumnPointers[f]; p < transpose.ColumnPointers[f + 1]; p++)
            {
                if (values[transpose.EntryIndices[p]] != 0f) fired++;
            }

            silence[f] = fired > 0 ? 0 : silence[f] + increment;
            if (!firings.IsEmpty) firings[f] += fired;
        }
    }

    /// <inheritdoc/>
    public override long CountNonZero(ReadOnlySpan<float> values)
    {
        long count = 0;
        foreach (float value in values)
        {
            if (value != 0f) count++;
        }

        return count;
    }

    /// <inheritdoc/>
    public override void MaskBy(MatrixView mask, bool positiveOnly, MatrixView x)
    {
        for (int r = 0; r < x.Rows; r++)
        {
            float* m = mask.RowPointer(r);
            float* row = x.RowPointer(r);
            for (int j = 0; j < x.Columns; j++)
            {
                if (m[j] == 0f || (positiveOnly && m[j] < 0f)) row[j] = 0f;
            }
        }
    }

    /// <inheritdoc/>
    public override void ScaleColumns(MatrixView x, MatrixView scales)
    {
        RequireVector(scales, x.Columns, nameof(scales));
        ReadOnlySpan<float> s = scales.Row(0);
        for (int r = 0; r < x.Rows; r++)
        {
            Span<float> row = x.Row(r);
            TensorPrimitives.Multiply(row, s, row);
        }
    }

    /// <inheritdoc/>
    public override void Rectify(MatrixView x)
    {
        for (int r = 0; r < x.Rows; r++)
        {
            Span<float> row = x.Row(r);
            TensorPrimitives.Max(row, 0f, row);
        }
    }

    /// <inheritdoc/>
    public override void HingeBelow(
        MatrixView scores, MatrixView thresholds, MatrixView norms, float alpha, MatrixView sums, MatrixView counts)
    {
        sums.AsSpan().Clear();
        counts.AsSpan().Clear();
        for (int r = 0; r < scores.Rows; r++)
        {
            float* row = scores.RowPointer(r);
            for (int j = 0; j < scores.Columns; j++)
            {
                float below = thresholds.Data[j] - row[j];
                bool on = below > 0f;
                if (on)
                {
                    sums.Data[j] += below;
                    counts.Data[j] += 1f;
                }

                row[j] = on ? -alpha * norms.Data[j] : 0f;
            }
        }
    }

    /// <inheritdoc/>
    public override void AddScaledRows(MatrixView x, MatrixView scales, MatrixView y)
    {
        RequireVector(scales, x.Rows, nameof(scales));
        for (int r = 0; r < x.Rows; r++)
        {
            Span<float> target = y.Row(r);
            TensorPrimitives.MultiplyAdd(x.Row(r), scales.Data[r], target, target);
        }
    }

    private static void RequireVector(MatrixView vector, int length, string name)
    {
        if (vector.Rows != 1 || vector.Columns != length)
            throw new ArgumentException($"Expected [1 × {length}], got {vector}.", name);
    }
}
