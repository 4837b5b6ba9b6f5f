using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>A factor of G = CᵀC: G = F·Fᵀ with as many columns as C has rank, so that ‖C w‖ = ‖Fᵀ w‖ costs R·rank and never touches the width.</summary>
/// <remarks>
/// Cholesky with diagonal pivoting, in double: it stops where nothing but rounding is left, so a map that is zero, or narrower than its rank,
/// needs no special case. Section 1.4 of the PolySAE spec.
/// </remarks>
internal sealed class GramFactor
{
    private readonly double[] _columns;

    private GramFactor(double[] columns, int size, int rank)
    {
        _columns = columns;
        Size = size;
        Rank = rank;
    }

    /// <summary>R, the number of channels.</summary>
    public int Size { get; }

    /// <summary>Columns of the factor.</summary>
    public int Rank { get; }

    /// <param name="map">C, [D, R].</param>
    public static GramFactor Of(MatrixView map)
    {
        int size = map.Columns;
        double[] gram = Gram(map);
        double[] columns = new double[(long)size * size];
        double largest = 0;
        for (int i = 0; i < size; i++) largest = Math.Max(largest, gram[(i * size) + i]);
        int rank = 0;
        for (; rank < size; rank++)
        {
            int pivot = 0;
            for (int i = 1; i < size; i++)
                if (gram[(i * size) + i] > gram[(pivot * size) + pivot]) pivot = i;
            double diagonal = gram[(pivot * size) + pivot];
            if (!(diagonal > largest * 1e-15)) break;
            Span<double> column = columns.AsSpan(rank * size, size);
            double scale = 1 / Math.Sqrt(diagonal);
            for (int i = 0; i < size; i++) column[i] = gram[(i * size) + pivot] * scale;
            for (int i = 0; i < size; i++)
                for (int j = 0; j < size; j++) gram[(i * size) + j] -= column[i] * column[j];
            // What is left of the pivot's row and column is rounding.
            for (int i = 0; i < size; i++) gram[(pivot * size) + i] = gram[(i * size) + pivot] = 0;
        }

        return new GramFactor(columns, size, rank);
    }

    /// <summary>‖Fᵀ w‖.</summary>
    /// <param name="w">[R]</param>
    public double Norm(ReadOnlySpan<double> w)
    {
        double sum = 0;
        for (int c = 0; c < Rank; c++)
        {
            ReadOnlySpan<double> column = _columns.AsSpan(c * Size, Size);
            double dot = 0;
            for (int i = 0; i < column.Length; i++) dot += column[i] * w[i];
            sum += dot * dot;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>The factor for products on a device, [R, rank]; one column of zeros if the rank is 0.</summary>
    public Matrix ToMatrix(Device device)
    {
        Matrix matrix = device.Allocate(Size, Math.Max(1, Rank));
        for (int c = 0; c < Rank; c++)
            for (int r = 0; r < Size; r++) matrix[r, c] = (float)_columns[(c * Size) + r];
        return matrix;
    }

    private static double[] Gram(MatrixView map)
    {
        int size = map.Columns;
        double[] gram = new double[checked(size * size)];
        for (int d = 0; d < map.Rows; d++)
        {
            ReadOnlySpan<float> row = map.Row(d);
            for (int i = 0; i < size; i++)
            {
                double value = row[i];
                for (int j = 0; j <= i; j++) gram[(i * size) + j] += value * row[j];
            }
        }

        for (int i = 0; i < size; i++)
            for (int j = 0; j < i; j++) gram[(j * size) + i] = gram[(i * size) + j];
        return gram;
    }
}
