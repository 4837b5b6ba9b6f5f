using SaeSharp.Numerics;

namespace SaeSharp.Tests.Gold;

/// <summary>Plain dense double arrays of what devices hold.</summary>
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
