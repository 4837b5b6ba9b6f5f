using SaeSharp.Numerics;

namespace SaeSharp.Tests.Support;

/// <summary>Plain dense double arrays of what devices hold, and back.</summary>
internal static class Dense
{
    public static double[] Of(MatrixView matrix)
    {
        double[] values = new double[matrix.Length];
        for (int i = 0; i < values.Length; i++) values[i] = matrix[i / matrix.Columns, i % matrix.Columns];
        return values;
    }

    public static unsafe double[] Of(CsrMatrix codes)
    {
        double[] values = new double[codes.Rows * codes.Columns];
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int e = codes.RowPointers[row]; e < codes.RowPointers[row + 1]; e++) values[(row * codes.Columns) + codes.ColumnIndices[e]] = codes.Values[e];
        }

        return values;
    }

    /// <summary>Sparse codes of dense ones, [rows, latents]: every value that is not zero.</summary>
    public static unsafe CsrMatrix ToCodes(Device device, ReadOnlySpan<double> dense, int latents)
    {
        int rows = dense.Length / latents;
        CsrMatrix codes = device.AllocateCsr(rows, latents, dense.Length);
        codes.Reset(rows, latents);
        int count = 0;
        for (int row = 0; row < rows; row++)
        {
            for (int f = 0; f < latents; f++)
            {
                double value = dense[(row * latents) + f];
                if (value == 0) continue;
                codes.ColumnIndices[count] = f;
                codes.Values[count++] = (float)value;
            }

            codes.RowPointers[row + 1] = count;
        }

        return codes;
    }

    /// <summary>max|actual − reference| / max|reference|; the plain maximum where the reference is all zero.</summary>
    public static double Error(ReadOnlySpan<double> actual, ReadOnlySpan<double> reference)
    {
        if (actual.Length != reference.Length) return double.PositiveInfinity;
        double difference = 0;
        double size = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double distance = Math.Abs(actual[i] - reference[i]);
            if (!(distance <= difference)) difference = distance;
            size = Math.Max(size, Math.Abs(reference[i]));
        }

        return size == 0 ? difference : difference / size;
    }

    /// <summary>Columns multiplied by norms, if there are any.</summary>
    public static double[] Scaled(double[] values, double[]? norms)
    {
        if (norms is not null)
        {
            for (int i = 0; i < values.Length; i++) values[i] *= norms[i % norms.Length];
        }

        return values;
    }
}
