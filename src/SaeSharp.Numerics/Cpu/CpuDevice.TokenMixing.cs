using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    public override void CausalConvolution(Activation activation, int sequences, MatrixView x, MatrixView weights, MatrixView bias, MatrixView window, MatrixView y)
    {
        int length = SequenceLength(x, sequences);
        Shape.Is(weights, weights.Rows, x.Columns, nameof(weights));
        ArgumentOutOfRangeException.ThrowIfLessThan(weights.Rows, 1, nameof(weights));
        Shape.IsOptionalRow(bias, x.Columns, nameof(bias));
        Shape.Is(window, checked(sequences * (weights.Rows - 1)), x.Columns, nameof(window));
        Shape.Same(x, y, nameof(y));
        if (!Enum.IsDefined(activation)) throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        if (x.Length == 0) return;
        RunRows(x, new ConvolutionWork(_kernels, activation, length, x, weights, bias.Data, window, y, RowsPerChunk(x)));
        if (weights.Rows > 1) _splitter.Run(sequences, new WindowWork(length, x, window, weights.Rows - 1));
    }

    /// <inheritdoc/>
    public override void StepSizes(MatrixView x, MatrixView bias, MatrixView rate, float least, float most, MatrixView steps, MatrixView logDecays)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Is(bias, 1, x.Columns, nameof(bias));
        Shape.Is(rate, 1, x.Columns, nameof(rate));
        if (steps.Data != null) Shape.Same(x, steps, nameof(steps));
        Shape.Same(x, logDecays, nameof(logDecays));
        RunRows(x, new StepSizeWork(x, bias.Data, rate.Data, least, most, steps, logDecays, RowsPerChunk(x)));
    }

    /// <inheritdoc/>
    public override void ShiftTokens(int sequences, MatrixView x, MatrixView previous, MatrixView share, MatrixView y)
    {
        int length = SequenceLength(x, sequences);
        Shape.Is(previous, sequences, x.Columns, nameof(previous));
        Shape.Is(share, 1, x.Columns, nameof(share));
        Shape.Same(x, y, nameof(y));
        RunRows(x, new ShiftWork(_kernels, length, x, previous, share.Data, y, RowsPerChunk(x)));
    }

    /// <inheritdoc/>
    public override void AddAgreement(MatrixView queries, MatrixView keys, MatrixView weights, MatrixView values, int heads, MatrixView y)
    {
        GroupWidth(queries, heads, nameof(heads));
        GroupWidth(values, heads, nameof(heads));
        Shape.Same(queries, keys, nameof(keys));
        Shape.Is(weights, 1, queries.Columns, nameof(weights));
        Shape.Is(values, queries.Rows, values.Columns, nameof(values));
        Shape.Same(values, y, nameof(y));
        RunRows(queries, new AgreementWork(_kernels, queries, keys, weights.Data, values, heads, y, RowsPerChunk(queries)));
    }

    /// <inheritdoc/>
    public override void AddScaledHeads(MatrixView x, MatrixView scales, MatrixView y)
    {
        GroupWidth(x, scales.Columns, nameof(scales));
        Shape.Is(scales, 1, scales.Columns, nameof(scales));
        Shape.Same(x, y, nameof(y));
        RunRows(x, new ScaledHeadsWork(_kernels, x, scales.Data, scales.Columns, y, RowsPerChunk(x)));
    }

    private static int SequenceLength(MatrixView x, int sequences)
    {
        Shape.IsBacked(x, nameof(x));
        return sequences > 0 && x.Rows % sequences == 0
            ? x.Rows / sequences
            : throw new ArgumentException($"The rows of {x} are not {sequences} sequences of one length.", nameof(sequences));
    }

    private readonly struct ConvolutionWork(
        RowKernels kernels, Activation activation, int length, MatrixView x, MatrixView weights, float* bias, MatrixView window, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int taps = weights.Rows, width = x.Columns, end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                int sequence = row / length, token = row % length;
                float* target = y.RowPointer(row);
                kernels.Multiply(width, x.RowPointer(row), weights.RowPointer(taps - 1), target);
                for (int back = 1; back < taps; back++)
                {
                    float* source = back <= token ? x.RowPointer(row - back) : window.RowPointer(sequence * (taps - 1) + taps - 1 + token - back);
                    kernels.AddProduct(width, 1f, source, weights.RowPointer(taps - 1 - back), target);
                }

                kernels.Activate(activation, width, target, bias, target);
            }
        }
    }

    /// <summary>Keeps the last inputs of a sequence; those that stay move up first, so that nothing is overwritten before it is read.</summary>
    private readonly struct WindowWork(int length, MatrixView x, MatrixView window, int rows) : IChunkedWork
    {
        public void Run(int chunk)
        {
            for (int row = 0; row < rows; row++)
            {
                int token = length - rows + row;
                MatrixView source = token >= 0 ? x : window;
                int sourceRow = token >= 0 ? chunk * length + token : chunk * rows + rows + token;
                source.Row(sourceRow).CopyTo(window.Row(chunk * rows + row));
            }
        }
    }

    private readonly struct StepSizeWork(
        MatrixView x, float* bias, float* rate, float least, float most, MatrixView steps, MatrixView logDecays, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                for (int column = 0; column < x.Columns; column++)
                {
                    double step = Math.Clamp(Softplus((double)x[row, column] + bias[column]), least, most);
                    if (steps.Data != null) steps[row, column] = (float)step;
                    logDecays[row, column] = (float)(rate[column] * step);
                }
            }
        }

        /// <summary>log(1 + exp(value)); for small exponentials their first two terms, which the logarithm would lose.</summary>
        private static double Softplus(double value)
        {
            double e = Math.Exp(-Math.Abs(value));
            return Math.Max(value, 0) + (e < 1e-5 ? e - 0.5 * e * e : Math.Log(1 + e));
        }
    }

    private readonly struct ShiftWork(RowKernels kernels, int length, MatrixView x, MatrixView previous, float* share, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                float* before = row % length > 0 ? x.RowPointer(row - 1) : previous.RowPointer(row / length);
                float* target = y.RowPointer(row);
                kernels.AddScaled(x.Columns, before, -1f, x.RowPointer(row), target);
                kernels.Multiply(x.Columns, target, share, target);
                kernels.AddScaled(x.Columns, target, 1f, x.RowPointer(row), target);
            }
        }
    }

    private readonly struct AgreementWork(
        RowKernels kernels, MatrixView queries, MatrixView keys, float* weights, MatrixView values, int heads, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int keyWidth = queries.Columns / heads, valueWidth = values.Columns / heads, end = Math.Min(queries.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                for (int head = 0; head < heads; head++)
                {
                    float* q = queries.RowPointer(row) + (long)head * keyWidth;
                    float* k = keys.RowPointer(row) + (long)head * keyWidth;
                    float* weight = weights + (long)head * keyWidth;
                    double agreement = 0;
                    for (int i = 0; i < keyWidth; i++) agreement += (double)q[i] * k[i] * weight[i];
                    float* target = y.RowPointer(row) + (long)head * valueWidth;
                    kernels.AddScaled(valueWidth, target, (float)agreement, values.RowPointer(row) + (long)head * valueWidth, target);
                }
            }
        }
    }

    private readonly struct ScaledHeadsWork(RowKernels kernels, MatrixView x, float* scales, int heads, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int width = x.Columns / heads, end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                for (int head = 0; head < heads; head++)
                {
                    float* target = y.RowPointer(row) + (long)head * width;
                    kernels.AddScaled(width, target, scales[head], x.RowPointer(row) + (long)head * width, target);
                }
            }
        }
    }
}
