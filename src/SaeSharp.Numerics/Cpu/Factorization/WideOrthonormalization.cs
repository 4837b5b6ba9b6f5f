using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu.Factorization;

/// <summary>Gram matrix and triangular division of a tall float matrix in double: slow, and needed only where columns nearly coincide.</summary>
internal readonly unsafe struct WideOrthonormalization(RowKernels kernels, WorkSplitter splitter, BufferPool scratch, MatrixView u)
{
    private const int Depth = 512;
    private const int RowsPerTask = 32;

    /// <summary>Fills the lower triangle of uᵀ·u.</summary>
    public void Gram(double* matrix)
    {
        int r = u.Columns;
        new Span<double>(matrix, checked(r * r)).Clear();
        using NativeBuffer buffer = scratch.RentDoubles((long)r * Depth);
        int tasks = WorkSplitter.Blocks(r, RowsPerTask);
        for (int first = 0; first < u.Rows; first += Depth)
        {
            int depth = Math.Min(Depth, u.Rows - first);
            splitter.Run(tasks, new TransposeTask(u, first, depth, buffer.Doubles));
            splitter.Run(tasks, new ProductTask(kernels, r, depth, buffer.Doubles, matrix));
        }

        for (long i = 0; i < (long)r * r; i++) matrix[i] = -matrix[i];
    }

    /// <summary>u ← u · L⁻ᵀ.</summary>
    /// <param name="inverse">(L⁻¹)ᵀ, [r, r].</param>
    /// <param name="work">[r, r], overwritten.</param>
    public void Divide(double* inverse, double* work)
    {
        int r = u.Columns;
        for (int i = 0; i < r; i++)
        {
            for (int j = 0; j < r; j++) work[(long)i * r + j] = inverse[(long)j * r + i];
        }

        splitter.Run(WorkSplitter.Blocks(u.Rows, RowsPerTask), new DivideTask(kernels, scratch, u, work));
    }

    /// <summary>Some columns of u as rows of doubles.</summary>
    private readonly struct TransposeTask(MatrixView u, int first, int depth, double* target) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int end = Math.Min(u.Columns, (chunk + 1) * RowsPerTask);
            for (int d = 0; d < depth; d++)
            {
                float* row = u.RowPointer(first + d);
                for (int j = chunk * RowsPerTask; j < end; j++) target[(long)j * Depth + d] = row[j];
            }
        }
    }

    /// <summary>Takes the products of some columns with all up to themselves from the matrix: it ends as −uᵀu.</summary>
    private readonly struct ProductTask(RowKernels kernels, int r, int depth, double* columns, double* matrix) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int first = chunk * RowsPerTask, rows = Math.Min(RowsPerTask, r - first);
            kernels.RowProducts(rows, first + rows, depth, columns + (long)first * Depth, Depth, columns, Depth, subtract: true, matrix + (long)first * r, r);
        }
    }

    /// <summary>Some rows of u times the rows of L⁻¹.</summary>
    private readonly struct DivideTask(RowKernels kernels, BufferPool scratch, MatrixView u, double* inverse) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int r = u.Columns, first = chunk * RowsPerTask, rows = Math.Min(RowsPerTask, u.Rows - first);
            using NativeBuffer buffer = scratch.RentDoubles(2L * rows * r);
            double* wide = buffer.Doubles, result = wide + (long)rows * r;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < r; j++) wide[(long)i * r + j] = u[first + i, j];
            }

            kernels.RowProducts(rows, r, r, wide, r, inverse, r, subtract: false, result, r);
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < r; j++) u[first + i, j] = (float)result[(long)i * r + j];
            }
        }
    }
}
