namespace SaeSharp.Numerics.Cpu;

/// <summary>Small dense factorisations in double.</summary>
internal static unsafe class Cholesky
{
    /// <summary>Replaces the lower triangle of a symmetric matrix [n, n] by its factor L with positive diagonal: A = L·Lᵀ.</summary>
    /// <exception cref="ArithmeticException">Not positive definite to working precision.</exception>
    public static void Factorize(double* a, int n)
    {
        for (int j = 0; j < n; j++)
        {
            double* rowJ = a + (long)j * n;
            double before = rowJ[j], pivot = before;
            for (int p = 0; p < j; p++) pivot -= rowJ[p] * rowJ[p];
            if (!(pivot > before * 1e-7)) throw new ArithmeticException($"Column {j} depends linearly on the columns before it, to working precision.");
            double diagonal = Math.Sqrt(pivot);
            rowJ[j] = diagonal;
            for (int i = j + 1; i < n; i++)
            {
                double* rowI = a + (long)i * n;
                double sum = rowI[j];
                for (int p = 0; p < j; p++) sum -= rowI[p] * rowJ[p];
                rowI[j] = sum / diagonal;
            }
        }
    }

    /// <summary>Replaces a lower triangular matrix [n, n] by its inverse.</summary>
    public static void InvertLower(double* l, int n)
    {
        for (int i = 0; i < n; i++)
        {
            double* rowI = l + (long)i * n;
            double inverse = 1.0 / rowI[i];
            for (int j = 0; j < i; j++)
            {
                double sum = 0;
                for (int p = j; p < i; p++) sum += rowI[p] * l[(long)p * n + j];
                rowI[j] = -sum * inverse;
            }

            rowI[i] = inverse;
        }
    }
}
