using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Factorization;
using SaeSharp.Numerics.Cpu.Gemm;

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
        for (long i = 0; i < (long)r * r; i++) single.Data[i] = (float)inverse[i];
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
    private static double WidenLower(MatrixView gram, double* matrix)
    {
        int r = gram.Rows;
        double drift = 0;
        for (int i = 0; i < r; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double value = gram[i, j];
                matrix[(long)i * r + j] = value;
                drift = Larger(Math.Abs(value - (i == j ? 1 : 0)), drift);
            }
        }

        return drift;
    }

    private static double Larger(double candidate, double largest) => candidate <= largest ? largest : double.IsNaN(largest) ? largest : candidate;
}
