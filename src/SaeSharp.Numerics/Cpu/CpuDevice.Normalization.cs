using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    public override void RmsNorm(MatrixView x, MatrixView gain, float offset, float epsilon, MatrixView y, int groups = 1)
    {
        int width = GroupWidth(x, groups, nameof(groups));
        Shape.Is(gain, 1, gain.Columns == width ? width : x.Columns, nameof(gain));
        Shape.Same(x, y, nameof(y));
        int gainStep = gain.Columns == width ? 0 : width;
        RunRows(x, new RmsNormWork(_kernels, x, gain.Data, gainStep, offset, epsilon, y, groups, RowsPerChunk(x)));
    }

    /// <inheritdoc/>
    public override void GroupNorm(MatrixView x, MatrixView gain, MatrixView bias, int groups, float epsilon, MatrixView y)
    {
        GroupWidth(x, groups, nameof(groups));
        Shape.Is(gain, 1, x.Columns, nameof(gain));
        Shape.Is(bias, 1, x.Columns, nameof(bias));
        Shape.Same(x, y, nameof(y));
        RunRows(x, new GroupNormWork(_kernels, x, gain.Data, bias.Data, groups, epsilon, y, RowsPerChunk(x)));
    }

    /// <inheritdoc/>
    public override void UnitHeads(MatrixView x, int heads, NormFloor floor, float epsilon, float scale, MatrixView y)
    {
        GroupWidth(x, heads, nameof(heads));
        Shape.Same(x, y, nameof(y));
        RunRows(x, new UnitHeadsWork(_kernels, x, heads, floor, epsilon, scale, y, RowsPerChunk(x)));
    }

    /// <inheritdoc/>
    public override void Rotate(MatrixView x, int headWidth, int length, int firstPosition, MatrixView cosines, MatrixView sines)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.IsBacked(cosines, nameof(cosines));
        Shape.Same(cosines, sines, nameof(sines));
        if (headWidth < 1 || x.Columns % headWidth != 0 || 2 * cosines.Columns > headWidth)
            throw new ArgumentException($"Heads of {headWidth} values, {2 * cosines.Columns} of them rotated, do not fit {x}.", nameof(headWidth));
        if (length < 1 || firstPosition < 0 || (long)firstPosition + length > cosines.Rows)
            throw new ArgumentException($"{length} positions from {firstPosition} are not in a table of {cosines.Rows}.", nameof(length));
        RunRows(x, new RotateWork(x, headWidth, length, firstPosition, cosines, sines, RowsPerChunk(x)));
    }

    /// <inheritdoc/>
    public override void Gate(Activation activation, MatrixView gate, MatrixView x, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Same(x, gate, nameof(gate));
        Shape.Same(x, y, nameof(y));
        if (!Enum.IsDefined(activation)) throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        RunRows(x, new GateWork(_kernels, activation, gate, x, y, RowsPerChunk(x)));
    }

    /// <inheritdoc/>
    public override void MultiplyRowVector(MatrixView x, MatrixView v, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Is(v, 1, x.Columns, nameof(v));
        Shape.Same(x, y, nameof(y));
        RunRows(x, new MultiplyRowWork(_kernels, x, v.Data, y, RowsPerChunk(x)));
    }

    private static int GroupWidth(MatrixView x, int groups, string name)
    {
        Shape.IsBacked(x, nameof(x));
        return groups > 0 && x.Columns % groups == 0
            ? x.Columns / groups
            : throw new ArgumentException($"The columns of {x} cannot be cut into {groups} groups.", name);
    }

    private static int RowsPerChunk(MatrixView x) => Math.Max(1, ElementsPerChunk / Math.Max(1, x.Columns));

    private void RunRows<TWork>(MatrixView x, in TWork work)
        where TWork : struct, IChunkedWork
    {
        if (x.Length > 0) _splitter.Run(WorkSplitter.Blocks(x.Rows, RowsPerChunk(x)), work);
    }

    private readonly struct RmsNormWork(
        RowKernels kernels, MatrixView x, float* gain, int gainStep, float offset, float epsilon, MatrixView y, int groups, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int width = x.Columns / groups, end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                float* source = x.RowPointer(row);
                float* target = y.RowPointer(row);
                for (int group = 0; group < groups; group++, source += width, target += width)
                    kernels.RmsNorm(width, source, gain + (long)group * gainStep, offset, epsilon, target);
            }
        }
    }

    private readonly struct GroupNormWork(
        RowKernels kernels, MatrixView x, float* gain, float* bias, int groups, float epsilon, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int width = x.Columns / groups, end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                for (int column = 0; column < x.Columns; column += width)
                    kernels.LayerNorm(width, x.RowPointer(row) + column, gain + column, bias + column, epsilon, y.RowPointer(row) + column);
            }
        }
    }

    private readonly struct UnitHeadsWork(
        RowKernels kernels, MatrixView x, int heads, NormFloor floor, float epsilon, float scale, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int width = x.Columns / heads, end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                for (int column = 0; column < x.Columns; column += width)
                {
                    float* source = x.RowPointer(row) + column;
                    double squares = kernels.DotWide(width, source, source);
                    double norm = floor == NormFloor.UnderRoot ? Math.Sqrt(squares + epsilon) : Math.Max(Math.Sqrt(squares), epsilon);
                    kernels.Axpby(width, (float)(scale / norm), source, 0f, y.RowPointer(row) + column);
                }
            }
        }
    }

    private readonly struct RotateWork(MatrixView x, int headWidth, int length, int firstPosition, MatrixView cosines, MatrixView sines, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int half = cosines.Columns, end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                int position = firstPosition + row % length;
                float* cos = cosines.RowPointer(position);
                float* sin = sines.RowPointer(position);
                for (int column = 0; column < x.Columns; column += headWidth)
                {
                    float* head = x.RowPointer(row) + column;
                    for (int i = 0; i < half; i++)
                    {
                        float first = head[i], second = head[i + half];
                        head[i] = first * cos[i] - second * sin[i];
                        head[i + half] = second * cos[i] + first * sin[i];
                    }
                }
            }
        }
    }

    private readonly struct GateWork(RowKernels kernels, Activation activation, MatrixView gate, MatrixView x, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++) kernels.Gate(activation, x.Columns, gate.RowPointer(row), x.RowPointer(row), y.RowPointer(row));
        }
    }

    private readonly struct MultiplyRowWork(RowKernels kernels, MatrixView x, float* v, MatrixView y, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++) kernels.Multiply(x.Columns, x.RowPointer(row), v, y.RowPointer(row));
        }
    }
}
