using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <summary>Values a chunk of element-wise work: small enough to balance, large enough not to feel the hand-over.</summary>
    private const int ElementsPerChunk = 32 * 1024;

    private interface IRowOperation
    {
        void Apply(RowKernels kernels, int count, float* x, float* y, float* z);
    }

    /// <inheritdoc/>
    public override void Axpby(float alpha, MatrixView x, float beta, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Same(x, y, nameof(y));
        if (alpha == 0f && beta == 1f) return;
        Elementwise(x, y, y, new AxpbyOperation(alpha, beta));
    }

    /// <inheritdoc/>
    public override void Multiply(MatrixView x, MatrixView y, MatrixView z)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Same(x, y, nameof(y));
        Shape.Same(x, z, nameof(z));
        Elementwise(x, y, z, default(MultiplyOperation));
    }

    /// <inheritdoc/>
    public override void AddProduct(float alpha, MatrixView x, MatrixView y, MatrixView z)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Same(x, y, nameof(y));
        Shape.Same(x, z, nameof(z));
        Elementwise(x, y, z, new AddProductOperation(alpha));
    }

    /// <inheritdoc/>
    public override void Fill(MatrixView x, float value)
    {
        Shape.IsBacked(x, nameof(x));
        Elementwise(x, x, x, new FillOperation(value));
    }

    /// <inheritdoc/>
    public override void Copy(MatrixView x, MatrixView y)
    {
        Shape.IsBacked(x, nameof(x));
        Shape.Same(x, y, nameof(y));
        Elementwise(x, y, y, default(CopyOperation));
    }

    /// <summary>Applies an operation to all values: flat where nothing has gaps, else row by row.</summary>
    private void Elementwise<TOperation>(MatrixView x, MatrixView y, MatrixView z, TOperation operation)
        where TOperation : struct, IRowOperation
    {
        if (x.Length == 0) return;
        bool flat = x.IsContiguous && y.IsContiguous && z.IsContiguous;
        int rowsPerChunk = flat ? 0 : Math.Max(1, ElementsPerChunk / x.Columns);
        int chunks = flat ? WorkSplitter.Blocks(x.Length, ElementsPerChunk) : WorkSplitter.Blocks(x.Rows, rowsPerChunk);
        _splitter.Run(chunks, new ElementwiseWork<TOperation>(_kernels, x, y, z, rowsPerChunk, operation));
    }

    private readonly struct ElementwiseWork<TOperation>(
        RowKernels kernels, MatrixView x, MatrixView y, MatrixView z, int rowsPerChunk, TOperation operation) : IChunkedWork
        where TOperation : struct, IRowOperation
    {
        public void Run(int chunk)
        {
            if (rowsPerChunk == 0)
            {
                long start = (long)chunk * ElementsPerChunk;
                int count = (int)Math.Min(ElementsPerChunk, x.Length - start);
                operation.Apply(kernels, count, x.Data + start, y.Data + start, z.Data + start);
                return;
            }

            int end = Math.Min(x.Rows, (chunk + 1) * rowsPerChunk);
            for (int row = chunk * rowsPerChunk; row < end; row++)
                operation.Apply(kernels, x.Columns, x.RowPointer(row), y.RowPointer(row), z.RowPointer(row));
        }
    }

    private readonly struct AxpbyOperation(float alpha, float beta) : IRowOperation
    {
        public void Apply(RowKernels kernels, int count, float* x, float* y, float* z) => kernels.Axpby(count, alpha, x, beta, y);
    }

    private readonly struct MultiplyOperation : IRowOperation
    {
        public void Apply(RowKernels kernels, int count, float* x, float* y, float* z) => kernels.Multiply(count, x, y, z);
    }

    private readonly struct AddProductOperation(float alpha) : IRowOperation
    {
        public void Apply(RowKernels kernels, int count, float* x, float* y, float* z) => kernels.AddProduct(count, alpha, x, y, z);
    }

    private readonly struct FillOperation(float value) : IRowOperation
    {
        public void Apply(RowKernels kernels, int count, float* x, float* y, float* z) => new Span<float>(x, count).Fill(value);
    }

    private readonly struct CopyOperation : IRowOperation
    {
        public void Apply(RowKernels kernels, int count, float* x, float* y, float* z) =>
            new ReadOnlySpan<float>(x, count).CopyTo(new Span<float>(y, count));
    }
}
