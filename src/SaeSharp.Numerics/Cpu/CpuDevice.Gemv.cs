using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

/// <summary>Products with a single row or column: bound by reading the matrix once, so nothing is packed.</summary>
public sealed unsafe partial class CpuDevice
{
    private const int GemvDepth = 128;
    private const int GemvColumns = 2048;

    /// <summary>Returns false for a column whose result would have to be scattered; the blocked product does that as well.</summary>
    private bool Gemv(GemmShape shape, MatrixView a, MatrixView b, MatrixView c, int k, float alpha, bool accumulate)
    {
        bool rowVector = c.Rows == 1;
        if (!rowVector && shape == GemmShape.TN) return false;
        MatrixView vector = rowVector ? a : b, matrix = rowVector ? b : a;
        using NativeBuffer copy = _scratch.RentFloats(k);
        float* x = vector.Data;
        if (vector.Rows > 1)
        {
            for (int i = 0; i < k; i++) copy.Floats[i] = vector[i, 0];
            x = copy.Floats;
        }

        if (rowVector && shape != GemmShape.NT) VectorTimesMatrix(x, matrix, c.Data, alpha, accumulate);
        else MatrixTimesVector(matrix, x, c.Data, rowVector ? 1 : c.Stride, alpha, accumulate);
        return true;
    }

    /// <summary>y[r · stride] = alpha · ⟨matrix[r, :], x⟩ (+ y)</summary>
    private void MatrixTimesVector(MatrixView matrix, float* x, float* y, int stride, float alpha, bool accumulate)
    {
        int rowsPerChunk = Math.Max(1, ElementsPerChunk / matrix.Columns);
        _splitter.Run(WorkSplitter.Blocks(matrix.Rows, rowsPerChunk), new RowDotWork(_kernels, matrix, x, y, stride, alpha, accumulate, rowsPerChunk));
    }

    /// <summary>y = alpha · x · matrix (+ y): fixed blocks of depth give partial rows, which are then added in order.</summary>
    private void VectorTimesMatrix(float* x, MatrixView matrix, float* y, float alpha, bool accumulate)
    {
        int depthBlocks = WorkSplitter.Blocks(matrix.Rows, GemvDepth), columnBlocks = WorkSplitter.Blocks(matrix.Columns, GemvColumns);
        using NativeBuffer partial = _scratch.RentFloats((long)depthBlocks * matrix.Columns);
        _splitter.Run(depthBlocks * columnBlocks, new PartialRowWork(_kernels, x, matrix, partial.Floats, columnBlocks));
        for (int block = 1; block < depthBlocks; block++)
            _kernels.AddScaled(matrix.Columns, partial.Floats, 1f, partial.Floats + (long)block * matrix.Columns, partial.Floats);
        _kernels.Axpby(matrix.Columns, alpha, partial.Floats, accumulate ? 1f : 0f, y);
    }

    private readonly struct RowDotWork(
        RowKernels kernels, MatrixView matrix, float* x, float* y, int stride, float alpha, bool accumulate, int rowsPerChunk) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(matrix.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
            {
                float value = alpha * kernels.Dot(matrix.Columns, matrix.RowPointer(row), x);
                float* target = y + (long)row * stride;
                *target = accumulate ? *target + value : value;
            }
        }
    }

    private readonly struct PartialRowWork(RowKernels kernels, float* x, MatrixView matrix, float* partial, int columnBlocks) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int block = chunk / columnBlocks, column = chunk % columnBlocks * GemvColumns;
            int first = block * GemvDepth, rows = Math.Min(GemvDepth, matrix.Rows - first);
            int columns = Math.Min(GemvColumns, matrix.Columns - column);
            float* target = partial + (long)block * matrix.Columns + column;
            var terms = new SparseTerms(rows, null, x + first, null, matrix.Stride);
            kernels.GatherSum(terms, matrix.RowPointer(first) + column, columns, TargetMode.Overwrite, target);
        }
    }
}
