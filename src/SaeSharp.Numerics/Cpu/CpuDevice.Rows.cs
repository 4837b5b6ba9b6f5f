using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    private enum RowTask
    {
        AddVector,
        Gather,
        ScatterAdd,
        Norms,
        Dots,
        Scale,
        Normalize,
        ProjectOut,
    }

    /// <inheritdoc/>
    public override void AddRowVector(MatrixView x, float alpha, MatrixView v, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Is(v, 1, x.Columns, nameof(v));
        Shape.Same(x, y, nameof(y));
        Rows(RowTask.AddVector, x, y, v, alpha, null);
    }

    /// <inheritdoc/>
    public override void GatherRows(MatrixView x, ReadOnlySpan<int> indices, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Is(y, indices.Length, x.Columns, nameof(y));
        CheckIndices(indices, x.Rows);
        fixed (int* p = indices) Rows(RowTask.Gather, y, x, default, 0f, p);
    }

    /// <inheritdoc/>
    public override void ScatterAddRows(MatrixView x, ReadOnlySpan<int> indices, MatrixView y)
    {
        Shape.IsBacked(y, nameof(y));
        Shape.Is(x, indices.Length, y.Columns, nameof(x));
        CheckIndices(indices, y.Rows);
        fixed (int* p = indices) Rows(RowTask.ScatterAdd, x, y, default, 0f, p);
    }

    /// <inheritdoc/>
    public override void RowNorms(MatrixView x, MatrixView norms)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Is(norms, 1, x.Rows, nameof(norms));
        Rows(RowTask.Norms, x, x, norms, 0f, null);
    }

    /// <inheritdoc/>
    public override void RowDots(MatrixView x, MatrixView y, MatrixView dots)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Same(x, y, nameof(y));
        Shape.Is(dots, 1, x.Rows, nameof(dots));
        Rows(RowTask.Dots, x, y, dots, 0f, null);
    }

    /// <inheritdoc/>
    public override void ScaleRows(MatrixView x, MatrixView scales)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Is(scales, 1, x.Rows, nameof(scales));
        Rows(RowTask.Scale, x, x, scales, 0f, null);
    }

    /// <inheritdoc/>
    public override void NormalizeRows(MatrixView x, float epsilon = 0f)
    {
        Shape.IsBacked(x, nameof(x));
        Rows(RowTask.Normalize, x, x, default, epsilon, null);
    }

    /// <inheritdoc/>
    public override void ProjectOutRows(MatrixView gradient, MatrixView weights, float epsilon = 0f)
    {
        Shape.IsBacked(gradient, nameof(gradient));
        Shape.Same(gradient, weights, nameof(weights));
        Rows(RowTask.ProjectOut, gradient, weights, default, epsilon, null);
    }

    private static void CheckIndices(ReadOnlySpan<int> indices, int rows)
    {
        foreach (int index in indices)
        {
            if ((uint)index >= (uint)rows) throw new ArgumentException($"Row index {index} is outside 0 … {rows - 1}.", nameof(indices));
        }
    }

    private void Rows(RowTask task, MatrixView x, MatrixView y, MatrixView vector, float scalar, int* indices)
    {
        if (x.Rows == 0) return;
        int rowsPerChunk = Math.Max(1, ElementsPerChunk / Math.Max(1, x.Columns));
        _splitter.Run(WorkSplitter.Blocks(x.Rows, rowsPerChunk), new RowWork(_kernels, task, x, y, vector, scalar, indices, rowsPerChunk));
    }

    private readonly struct RowWork(
        RowKernels kernels, RowTask task, MatrixView x, MatrixView y, MatrixView vector, float scalar, int* indices, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++) RunRow(row, x.Columns, x.RowPointer(row));
        }

        private void RunRow(int row, int count, float* p)
        {
            switch (task)
            {
                case RowTask.AddVector:
                    kernels.AddScaled(count, p, scalar, vector.Data, y.RowPointer(row));
                    break;
                case RowTask.Gather:
                    new ReadOnlySpan<float>(y.RowPointer(indices[row]), count).CopyTo(new Span<float>(p, count));
                    break;
                case RowTask.ScatterAdd:
                    float* target = y.RowPointer(indices[row]);
                    kernels.AddScaled(count, target, 1f, p, target);
                    break;
                case RowTask.Norms:
                    vector.Data[row] = (float)Math.Sqrt(kernels.DotWide(count, p, p));
                    break;
                case RowTask.Dots:
                    vector.Data[row] = (float)kernels.DotWide(count, p, y.RowPointer(row));
                    break;
                case RowTask.Scale:
                    kernels.Scale(count, vector.Data[row], p);
                    break;
                case RowTask.Normalize:
                    double length = Math.Sqrt(kernels.DotWide(count, p, p)) + scalar;
                    if (length != 0) kernels.Scale(count, (float)(1.0 / length), p);
                    break;
                default:
                    float* weights = y.RowPointer(row);
                    double norm = Math.Sqrt(kernels.DotWide(count, weights, weights)) + scalar;
                    if (norm == 0) break;
                    double along = kernels.DotWide(count, p, weights) / norm / norm;
                    kernels.AddScaled(count, p, (float)-along, weights, p);
                    break;
            }
        }
    }
}
