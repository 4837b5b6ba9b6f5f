using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    private enum LogitTask
    {
        CrossEntropy,
        Divergence,
        ArgMax,
    }

    /// <inheritdoc/>
    public override void LayerNorm(MatrixView x, MatrixView gain, MatrixView bias, float epsilon, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Is(gain, 1, x.Columns, nameof(gain));
        Shape.Is(bias, 1, x.Columns, nameof(bias));
        Shape.Same(x, y, nameof(y));
        if (x.Length == 0) return;
        int rowsPerChunk = Math.Max(1, ElementsPerChunk / x.Columns);
        _splitter.Run(WorkSplitter.Blocks(x.Rows, rowsPerChunk), new LayerNormWork(_kernels, x, gain.Data, bias.Data, epsilon, y, rowsPerChunk));
    }

    /// <inheritdoc/>
    public override void Activate(Activation activation, MatrixView x, MatrixView bias, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.IsOptionalRow(bias, x.Columns, nameof(bias));
        Shape.Same(x, y, nameof(y));
        if (!Enum.IsDefined(activation)) throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        if (x.Length == 0) return;
        int rowsPerChunk = Math.Max(1, ElementsPerChunk / x.Columns);
        _splitter.Run(WorkSplitter.Blocks(x.Rows, rowsPerChunk), new ActivationWork(_kernels, activation, x, bias.Data, y, rowsPerChunk));
    }

    /// <inheritdoc/>
    public override void CrossEntropy(MatrixView logits, ReadOnlySpan<int> targets, Span<double> nats)
    {
        Shape.IsBacked(logits, nameof(logits));
        Shape.Holds(targets.Length, logits.Rows, nameof(targets));
        Shape.Holds(nats.Length, logits.Rows, nameof(nats));
        foreach (int target in targets[..logits.Rows])
        {
            if (target >= logits.Columns) throw new ArgumentException($"Target {target} is not one of the {logits.Columns} columns.", nameof(targets));
        }

        fixed (int* t = targets)
        fixed (double* n = nats) _splitter.Run(logits.Rows, new LogitWork(LogitTask.CrossEntropy, logits, default, t, n));
    }

    /// <inheritdoc/>
    public override void Divergence(MatrixView logits, MatrixView other, Span<double> nats)
    {
        Shape.IsBacked(logits, nameof(logits));
        Shape.Same(logits, other, nameof(other));
        Shape.Holds(nats.Length, logits.Rows, nameof(nats));
        fixed (double* n = nats) _splitter.Run(logits.Rows, new LogitWork(LogitTask.Divergence, logits, other, null, n));
    }

    /// <inheritdoc/>
    public override void ArgMax(MatrixView x, Span<int> columns)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Holds(columns.Length, x.Rows, nameof(columns));
        fixed (int* c = columns) _splitter.Run(x.Rows, new LogitWork(LogitTask.ArgMax, x, default, c, null));
    }

    private readonly struct LayerNormWork(RowKernels kernels, MatrixView x, float* gain, float* bias, float epsilon, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++) kernels.LayerNorm(x.Columns, x.RowPointer(row), gain, bias, epsilon, y.RowPointer(row));
        }
    }

    private readonly struct ActivationWork(RowKernels kernels, Activation activation, MatrixView x, float* bias, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++) kernels.Activate(activation, x.Columns, x.RowPointer(row), bias, y.RowPointer(row));
        }
    }

    /// <summary>One row of logits.</summary>
    private readonly struct LogitWork(LogitTask task, MatrixView x, MatrixView other, int* columns, double* nats) : IChunkedWork
    {
        public void Run(int chunk)
        {
            float* row = x.RowPointer(chunk);
            switch (task)
            {
                case LogitTask.CrossEntropy:
                    nats[chunk] = columns[chunk] < 0 ? 0 : LogSoftmax.LogSumExp(x.Columns, row) - row[columns[chunk]];
                    break;
                case LogitTask.Divergence:
                    nats[chunk] = LogSoftmax.Divergence(x.Columns, row, other.RowPointer(chunk));
                    break;
                default:
                    int best = 0;
                    float largest = float.NegativeInfinity;
                    for (int i = 0; i < x.Columns; i++)
                    {
                        if (row[i] > largest) (largest, best) = (row[i], i);
                    }

                    columns[chunk] = best;
                    break;
            }
        }
    }
}
