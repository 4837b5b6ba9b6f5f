using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu.Factorization;

/// <summary>Blocked Cholesky factorisation A = L·Lᵀ in double, and the inverse of L.</summary>
/// <param name="kernels">Row products.</param>
/// <param name="splitter">Threads.</param>
/// <param name="n">Order of the matrix.</param>
/// <param name="matrix">[n, n]: the lower triangle of A, then L.</param>
/// <param name="inverse">[n, n]: receives the transpose of L⁻¹, an upper triangle with zeros below.</param>
/// <param name="work"><see cref="WorkLength"/> doubles.</param>
/// <remarks>Everything large is a product of rows with rows (a · bᵀ), which reads memory in order; blocks of rows go to different threads.</remarks>
internal readonly unsafe struct CholeskyFactor(RowKernels kernels, WorkSplitter splitter, int n, double* matrix, double* inverse, double* work)
{
    private const int Block = 64;
    private const int RowsPerTask = 32;

    private int Blocks => WorkSplitter.Blocks(n, Block);

    /// <summary>Doubles of scratch for a matrix of order <paramref name="n"/>.</summary>
    public static long WorkLength(int n) => 2L * WorkSplitter.Blocks(n, Block) * Block * Block;

    /// <summary>Factorises.</summary>
    /// <returns>
    /// The smallest share of its squared length that a column keeps when the columns before it are projected out, if A holds the
    /// products of columns: near 1 for nearly orthogonal ones, near 0 for nearly dependent ones. 0 if the matrix is not positive definite.
    /// </returns>
    public double Factorize()
    {
        double least = 1;
        for (int block = 0; block < Blocks; block++)
        {
            int start = block * Block, width = Math.Min(Block, n - start);
            splitter.Run(WorkSplitter.Blocks(n - start, RowsPerTask), new UpdateTask(this, start, width));
            least = Math.Min(least, FactorizeDiagonal(start, width));
            if (!(least > 0)) return 0;
            InvertDiagonal(start, width);
            if (start + width < n) splitter.Run(WorkSplitter.Blocks(n - start - width, RowsPerTask), new SolveTask(this, start, width));
        }

        return least;
    }

    /// <summary>Fills the inverse from the factor, block row by block row.</summary>
    public void Invert()
    {
        new Span<double>(inverse, checked(n * n)).Clear();
        for (int block = 0; block < Blocks; block++) splitter.Run(block + 1, new InverseTask(this, block));
    }

    private double* DiagonalInverse(int block) => work + (long)block * Block * Block;

    private double* Temporary(int block) => work + (long)(Blocks + block) * Block * Block;

    private double* Row(int row) => matrix + (long)row * n;

    private double FactorizeDiagonal(int start, int width)
    {
        double least = 1;
        for (int j = start; j < start + width; j++)
        {
            double* rowJ = Row(j);
            double left = rowJ[j] - Dot(rowJ + start, rowJ + start, j - start);
            if (!(left > 0)) return 0;
            // The squared length of the column: what is left plus what the factor has taken away.
            least = Math.Min(least, left / (left + Dot(rowJ, rowJ, j)));
            rowJ[j] = Math.Sqrt(left);
            for (int i = j + 1; i < start + width; i++)
            {
                double* rowI = Row(i);
                rowI[j] = (rowI[j] - Dot(rowI + start, rowJ + start, j - start)) / rowJ[j];
            }
        }

        return least;
    }

    /// <summary>Four sums at a time, since one would wait for each addition.</summary>
    private static double Dot(double* x, double* y, int count)
    {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int p = 0;
        for (; p <= count - 4; p += 4)
        {
            s0 += x[p] * y[p];
            s1 += x[p + 1] * y[p + 1];
            s2 += x[p + 2] * y[p + 2];
            s3 += x[p + 3] * y[p + 3];
        }

        for (; p < count; p++) s0 += x[p] * y[p];
        return s0 + s1 + (s2 + s3);
    }

    /// <remarks>Row by row: each row of the inverse is a sum of the rows above it.</remarks>
    private void InvertDiagonal(int start, int width)
    {
        double* d = DiagonalInverse(start / Block);
        new Span<double>(d, Block * Block).Clear();
        for (int i = 0; i < width; i++)
        {
            double* rowI = Row(start + i) + start;
            double reciprocal = 1.0 / rowI[i];
            double* target = d + i * Block;
            for (int p = 0; p < i; p++)
            {
                double factor = -rowI[p] * reciprocal;
                double* source = d + p * Block;
                for (int j = 0; j <= p; j++) target[j] += factor * source[j];
            }

            target[i] = reciprocal;
        }
    }

    /// <summary>Takes the finished columns' share out of some rows of a block of columns.</summary>
    private readonly struct UpdateTask(CholeskyFactor factor, int start, int width) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int first = start + chunk * RowsPerTask, rows = Math.Min(RowsPerTask, factor.Order - first);
            factor.Kernels.RowProducts(rows, width, start, factor.Row(first), factor.Order, factor.Row(start), factor.Order, subtract: true, factor.Row(first) + start, factor.Order);
        }
    }

    /// <summary>Divides some rows of a block of columns by the block's factor.</summary>
    private readonly struct SolveTask(CholeskyFactor factor, int start, int width) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int first = start + width + chunk * RowsPerTask, rows = Math.Min(RowsPerTask, factor.Order - first);
            double* copy = stackalloc double[RowsPerTask * Block];
            for (int i = 0; i < rows; i++)
                new ReadOnlySpan<double>(factor.Row(first + i) + start, width).CopyTo(new Span<double>(copy + i * Block, width));
            factor.Kernels.RowProducts(rows, width, width, copy, Block, factor.DiagonalInverse(start / Block), Block, subtract: false, factor.Row(first) + start, factor.Order);
        }
    }

    /// <summary>One block of the inverse (stored transposed): rows of block <paramref name="row"/>, columns of the chunk.</summary>
    private readonly struct InverseTask(CholeskyFactor factor, int row) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int n = factor.Order, start = row * Block, rows = Math.Min(Block, n - start), column = chunk * Block;
            double* diagonal = factor.DiagonalInverse(row);
            double* target = factor.Inverse + (long)column * n + start;
            if (chunk == row)
            {
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j <= i; j++) target[(long)j * n + i] = diagonal[i * Block + j];
                }

                return;
            }

            // −D · (L · X), with X and the result stored transposed: rows times rows again.
            double* sums = factor.Temporary(chunk);
            factor.Kernels.RowProducts(Block, rows, start - column, factor.Inverse + (long)column * n + column, n, factor.Row(start) + column, n, subtract: false, sums, Block);
            factor.Kernels.RowProducts(Block, rows, rows, sums, Block, diagonal, Block, subtract: true, target, n);
        }
    }

    private int Order => n;

    private RowKernels Kernels => kernels;

    /// <summary>The transpose of L⁻¹ after <see cref="Invert"/>.</summary>
    public double* Inverse => inverse;
}
