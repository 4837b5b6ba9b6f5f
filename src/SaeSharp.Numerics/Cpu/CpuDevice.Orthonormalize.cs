using System.Numerics.Tensors;
using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Factorization;
using SaeSharp.Numerics.Cpu.Gemm;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <summary>Drift up to which one pass leaves only rounding: the error after it is that of the Gram matrix times 1 + drift or so.</summary>
    private const double OnePassDrift = 0.05;

    /// <summary>
    /// A column that keeps a smaller share of its squared length beside those before it is too close to them for products in single
    /// precision (errors grow with the reciprocal).
    /// </summary>
    private const double SingleShare = 1e-3;

    /// <summary>Below this share a column is dependent as far as single-precision numbers can tell: 10⁻⁶ of its length.</summary>
    private const double DependentShare = 1e-12;

    private const int TriangleRowsPerChunk = 32;

    /// <inheritdoc/>
    public override double Orthonormalize(MatrixView u)
    {
        Shape.IsBacked(u, nameof(u));
        if (u.Rows < u.Columns) throw new ArgumentException($"u is {u}: fewer rows than columns cannot be orthonormal.", nameof(u));
        int r = u.Columns;
        if (r == 0) return 0;
        using NativeBuffer single = _scratch.RentFloats((long)r * r);
        using NativeBuffer wide = _scratch.RentDoubles(2L * r * r + CholeskyFactor.WorkLength(r));
        var gram = new MatrixView(single.Floats, r, r, r);
        double* matrix = wide.Doubles, inverse = matrix + (long)r * r;
        var factor = new CholeskyFactor(_kernels, _splitter, r, matrix, inverse, inverse + (long)r * r);

        new GramDriver(_kernels, _splitter, _scratch).Lower(u, gram);
        double drift = WidenLower(gram, matrix);
        bool again = !(drift <= OnePassDrift);
        if (double.IsFinite(drift) && factor.Factorize() > SingleShare)
        {
            Divide(u, factor, gram, inverse);
        }
        else
        {
            drift = OrthonormalizeWide(u, factor, matrix);
            again = true;
        }

        if (!again) return drift;
        new GramDriver(_kernels, _splitter, _scratch).Lower(u, gram);
        WidenLower(gram, matrix);
        if (factor.Factorize() <= SingleShare) throw new ArithmeticException("The columns to orthonormalise are linearly dependent to working precision.");
        Divide(u, factor, gram, inverse);
        return drift;
    }

    /// <summary>u ← u · L⁻ᵀ in single precision, in place: a task reads all of its rows before it writes them.</summary>
    private void Divide(MatrixView u, CholeskyFactor factor, MatrixView single, double* inverse)
    {
        factor.Invert();
        int r = u.Columns;
        _splitter.Run(WorkSplitter.Blocks(r, TriangleRowsPerChunk), new NarrowWork(inverse, single));
        MatrixView source = u;
        using NativeBuffer copy = _scratch.RentFloats(r > GemmDriver.LargestDepth ? u.Length : 0);
        if (r > GemmDriver.LargestDepth)
        {
            source = new MatrixView(copy.Floats, u.Rows, r, r);
            Copy(u, source);
        }

        GemmDriver.Multiply(
            new PackSource(source, transposed: true), new PackSource(single, transposed: false), u.Rows, r, r, u, 1f, accumulate: false, GemmRegion.RightIsUpperTriangular);
    }

    /// <summary>The same pass in double throughout, for columns that are nearly dependent; returns the drift.</summary>
    private double OrthonormalizeWide(MatrixView u, CholeskyFactor factor, double* matrix)
    {
        var driver = new WideOrthonormalization(_kernels, _splitter, _scratch, u);
        driver.Gram(matrix);
        double drift = 0;
        for (int i = 0; i < u.Columns; i++)
        {
            for (int j = 0; j <= i; j++) drift = Larger(Math.Abs(matrix[(long)i * u.Columns + j] - (i == j ? 1 : 0)), drift);
        }

        if (!double.IsFinite(drift)) throw new ArithmeticException("The matrix to orthonormalise holds values that are not finite.");
        if (factor.Factorize() <= DependentShare) throw new ArithmeticException("The columns to orthonormalise are linearly dependent to working precision.");
        factor.Invert();
        driver.Divide(factor.Inverse, matrix);
        return drift;
    }

    /// <summary>Copies the lower triangle; returns max |A − I| there, NaN if it holds one.</summary>
    private double WidenLower(MatrixView gram, double* matrix)
    {
        int chunks = WorkSplitter.Blocks(gram.Rows, TriangleRowsPerChunk);
        using NativeBuffer drifts = _scratch.RentDoubles(chunks);
        _splitter.Run(chunks, new WidenWork(gram, matrix, drifts.Doubles));
        double drift = 0;
        for (int chunk = 0; chunk < chunks; chunk++) drift = Larger(drifts.Doubles[chunk], drift);
        return drift;
    }

    /// <summary>The larger of the two; NaN if one is.</summary>
    private static double Larger(double candidate, double largest) => candidate <= largest || double.IsNaN(largest) ? largest : candidate;

    /// <summary>Some rows of the lower triangle to double, with their drift.</summary>
    private readonly struct WidenWork(MatrixView gram, double* matrix, double* drifts) : IChunkedWork
    {
        public void Run(int chunk)
        {
            double drift = 0;
            int end = Math.Min(gram.Rows, (chunk + 1) * TriangleRowsPerChunk);
            for (int i = chunk * TriangleRowsPerChunk; i < end; i++)
            {
                float* source = gram.RowPointer(i);
                double* target = matrix + (long)i * gram.Columns;
                for (int j = 0; j <= i; j++)
                {
                    target[j] = source[j];
                    drift = Larger(Math.Abs(source[j] - (i == j ? 1.0 : 0.0)), drift);
                }
            }

            drifts[chunk] = drift;
        }
    }

    /// <summary>Some rows to single precision.</summary>
    private readonly struct NarrowWork(double* source, MatrixView target) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int first = chunk * TriangleRowsPerChunk, count = Math.Min(TriangleRowsPerChunk, target.Rows - first) * target.Columns;
            long start = (long)first * target.Columns;
            TensorPrimitives.ConvertTruncating<double, float>(new ReadOnlySpan<double>(source + start, count), new Span<float>(target.Data + start, count));
        }
    }
}
