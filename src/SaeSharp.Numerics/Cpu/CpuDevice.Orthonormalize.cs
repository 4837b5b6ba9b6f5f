using SaeSharp.Numerics.Cpu;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    /// <summary>Drift above which one pass may leave more than rounding: the second pass cleans up.</summary>
    private const double SecondPassDrift = 1e-2;

    /// <inheritdoc/>
    public override double Orthonormalize(MatrixView u)
    {
        Shape.IsBacked(u, nameof(u));
        if (u.Rows < u.Columns) throw new ArgumentException($"u is {u}: fewer rows than columns cannot be orthonormal.", nameof(u));
        if (u.Columns == 0) return 0;
        double drift = OrthonormalizeOnce(u);
        if (drift > SecondPassDrift) OrthonormalizeOnce(u);
        return drift;
    }

    private double OrthonormalizeOnce(MatrixView u)
    {
        int r = u.Columns;
        using NativeBuffer gramBuffer = _scratch.RentFloats((long)r * r);
        using NativeBuffer factorBuffer = _scratch.RentDoubles((long)r * r);
        using NativeBuffer copyBuffer = _scratch.RentFloats((long)u.Rows * r);
        var gram = new MatrixView(gramBuffer.Floats, r, r, r);
        Gemm(GemmShape.TN, u, u, gram);
        double* factor = factorBuffer.Doubles;
        double drift = 0;
        for (int i = 0; i < r; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double value = gram[i, j];
                factor[i * r + j] = value;
                double distance = Math.Abs(value - (i == j ? 1 : 0));
                if (!(distance <= drift)) drift = distance;
            }
        }

        if (!double.IsFinite(drift)) throw new ArithmeticException("The matrix to orthonormalise holds values that are not finite.");
        Cholesky.Factorize(factor, r);
        Cholesky.InvertLower(factor, r);
        for (int i = 0; i < r; i++)
        {
            for (int j = 0; j < r; j++) gram[i, j] = j <= i ? (float)factor[i * r + j] : 0f;
        }

        var copy = new MatrixView(copyBuffer.Floats, u.Rows, r, r);
        Copy(u, copy);
        Gemm(GemmShape.NT, copy, gram, u);
        return drift;
    }
}
