namespace SaeSharp.Evaluation.Probing;

/// <summary>A few features, dense: Newton steps by Cholesky.</summary>
/// <param name="values">[texts × K], row-major.</param>
/// <param name="columns">K.</param>
internal sealed class DenseDesign(double[] values, int columns) : ProbeDesign
{
    public override int Rows { get; } = columns == 0 ? 0 : values.Length / columns;

    public override int Columns => columns;

    /// <summary>Some latents of some texts, shifted and scaled.</summary>
    /// <param name="codes">Codes of all texts.</param>
    /// <param name="members">The texts, ascending.</param>
    /// <param name="latents">The latents.</param>
    /// <param name="scaling">Shift and scale of every latent.</param>
    public static DenseDesign Of(PooledCodes codes, int[] members, int[] latents, FeatureScaling scaling)
    {
        int[] places = new int[codes.Texts];
        Array.Fill(places, -1);
        for (int i = 0; i < members.Length; i++) places[members[i]] = i;
        int width = latents.Length;
        double[] values = new double[members.Length * width];
        for (int c = 0; c < width; c++)
        {
            int latent = latents[c];
            for (int i = 0; i < members.Length; i++) values[(i * width) + c] = scaling.Apply(latent, 0);
            for (int e = codes.ColumnStarts[latent]; e < codes.ColumnStarts[latent + 1]; e++)
            {
                int place = places[codes.ColumnTexts[e]];
                if (place >= 0) values[(place * width) + c] = scaling.Apply(latent, codes.ColumnValues[e]);
            }
        }

        return new DenseDesign(values, width);
    }

    public override void Margins(ReadOnlySpan<double> coefficients, Span<double> margins)
    {
        for (int i = 0; i < margins.Length; i++)
        {
            ReadOnlySpan<double> row = values.AsSpan(i * columns, columns);
            double sum = coefficients[columns];
            for (int c = 0; c < row.Length; c++) sum += row[c] * coefficients[c];
            margins[i] = sum;
        }
    }

    public override void Transposed(ReadOnlySpan<double> u, Span<double> gradient)
    {
        gradient.Clear();
        for (int i = 0; i < u.Length; i++)
        {
            ReadOnlySpan<double> row = values.AsSpan(i * columns, columns);
            for (int c = 0; c < row.Length; c++) gradient[c] += row[c] * u[i];
            gradient[columns] += u[i];
        }
    }

    public override void Solve(ReadOnlySpan<double> curvature, double inverseRegularization, ReadOnlySpan<double> gradient, Span<double> step)
    {
        int size = columns + 1;
        double[] hessian = new double[size * size];
        Span<double> extended = new double[size];
        extended[columns] = 1;
        for (int i = 0; i < curvature.Length; i++)
        {
            values.AsSpan(i * columns, columns).CopyTo(extended);
            double weight = inverseRegularization * curvature[i];
            for (int r = 0; r < size; r++)
            {
                double scaled = weight * extended[r];
                for (int c = 0; c <= r; c++) hessian[(r * size) + c] += scaled * extended[c];
            }
        }

        for (int c = 0; c < columns; c++) hessian[(c * size) + c] += 1;
        // Where every answer is certain nothing holds the intercept; the line search bounds the step.
        hessian[(columns * size) + columns] += 1e-12;
        Factorize(hessian, size);
        for (int r = 0; r < size; r++)
        {
            double sum = -gradient[r];
            for (int c = 0; c < r; c++) sum -= hessian[(r * size) + c] * step[c];
            step[r] = sum / hessian[(r * size) + r];
        }

        for (int r = size - 1; r >= 0; r--)
        {
            double sum = step[r];
            for (int c = r + 1; c < size; c++) sum -= hessian[(c * size) + r] * step[c];
            step[r] = sum / hessian[(r * size) + r];
        }
    }

    private static void Factorize(double[] a, int size)
    {
        for (int r = 0; r < size; r++)
        {
            for (int c = 0; c <= r; c++)
            {
                double sum = a[(r * size) + c];
                for (int p = 0; p < c; p++) sum -= a[(r * size) + p] * a[(c * size) + p];
                a[(r * size) + c] = r == c ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / a[(c * size) + c];
            }
        }
    }
}
