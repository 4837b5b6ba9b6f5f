namespace SaeSharp.Evaluation.Probing;

/// <summary>All latents, sparse: Newton steps by conjugate gradients, which need products with the codes only.</summary>
/// <remarks>
/// Shifting (standardisation) would make every entry non-zero; it is a correction of rank one here: X = (V − 1μᵀ)·diag(scale).
/// Rows and columns are each reduced by one thread in a fixed order, so results don't depend on threads.
/// </remarks>
internal sealed class SparseDesign : ProbeDesign
{
    private const int MostIterations = 1000;
    private readonly PooledCodes _codes;
    private readonly int[] _members;
    private readonly FeatureScaling _scaling;
    private readonly int[] _places;

    public SparseDesign(PooledCodes codes, int[] members, FeatureScaling scaling)
    {
        _codes = codes;
        _members = members;
        _scaling = scaling;
        _places = new int[codes.Texts];
        Array.Fill(_places, -1);
        for (int i = 0; i < members.Length; i++) _places[members[i]] = i;
    }

    public override int Rows => _members.Length;

    public override int Columns => _codes.Latents;

    public override void Margins(ReadOnlySpan<double> coefficients, Span<double> margins)
    {
        int latents = Columns;
        double[] scaled = new double[latents], result = new double[Rows];
        double shift = coefficients[latents];
        for (int f = 0; f < latents; f++)
        {
            scaled[f] = coefficients[f] * _scaling.Scale[f];
            shift -= scaled[f] * _scaling.Shift[f];
        }

        Parallel.For(0, Rows, i =>
        {
            double sum = shift;
            for (long e = _codes.RowStarts[_members[i]]; e < _codes.RowStarts[_members[i] + 1]; e++) sum += scaled[_codes.RowLatents[e]] * _codes.RowValues[e];
            result[i] = sum;
        });
        result.CopyTo(margins);
    }

    public override void Transposed(ReadOnlySpan<double> u, Span<double> gradient)
    {
        double[] byPlace = u.ToArray(), result = new double[Columns + 1];
        double total = 0;
        foreach (double value in byPlace) total += value;
        Parallel.For(0, Columns, f =>
        {
            double sum = -_scaling.Shift[f] * total;
            for (int e = _codes.ColumnStarts[f]; e < _codes.ColumnStarts[f + 1]; e++)
            {
                int place = _places[_codes.ColumnTexts[e]];
                if (place >= 0) sum += byPlace[place] * _codes.ColumnValues[e];
            }

            result[f] = sum * _scaling.Scale[f];
        });
        result[Columns] = total;
        result.CopyTo(gradient);
    }

    public override void Solve(ReadOnlySpan<double> curvature, double inverseRegularization, ReadOnlySpan<double> gradient, Span<double> step)
    {
        int size = Columns + 1;
        double[] diagonal = Diagonal(curvature, inverseRegularization), residual = new double[size], direction = new double[size], image = new double[size], margins = new double[Rows];
        step.Clear();
        double rho = 0, start = 0;
        for (int i = 0; i < size; i++)
        {
            residual[i] = -gradient[i];
            direction[i] = residual[i] / diagonal[i];
            rho += residual[i] * direction[i];
            start += residual[i] * residual[i];
        }

        // A residual that shrinks with the gradient makes the outer iteration converge faster than linearly.
        double enough = start * Math.Min(0.01, start);
        for (int iteration = 0; iteration < MostIterations && rho > 0; iteration++)
        {
            Margins(direction, margins);
            for (int i = 0; i < margins.Length; i++) margins[i] *= inverseRegularization * curvature[i];
            Transposed(margins, image);
            double along = 0;
            for (int i = 0; i < size; i++)
            {
                if (i < size - 1) image[i] += direction[i];
                along += direction[i] * image[i];
            }

            if (!(along > 0)) break;
            double length = rho / along, norm = 0, next = 0;
            for (int i = 0; i < size; i++)
            {
                step[i] += length * direction[i];
                residual[i] -= length * image[i];
                norm += residual[i] * residual[i];
                next += residual[i] * residual[i] / diagonal[i];
            }

            if (norm <= enough) break;
            for (int i = 0; i < size; i++) direction[i] = (residual[i] / diagonal[i]) + (next / rho * direction[i]);
            rho = next;
        }
    }

    /// <summary>The diagonal of the Hessian, to precondition with.</summary>
    private double[] Diagonal(ReadOnlySpan<double> curvature, double inverseRegularization)
    {
        double[] weights = curvature.ToArray(), diagonal = new double[Columns + 1];
        double total = 0;
        foreach (double weight in weights) total += weight;
        Parallel.For(0, Columns, f =>
        {
            double shift = _scaling.Shift[f], sum = shift * shift * total;
            for (int e = _codes.ColumnStarts[f]; e < _codes.ColumnStarts[f + 1]; e++)
            {
                int place = _places[_codes.ColumnTexts[e]];
                double value = _codes.ColumnValues[e];
                if (place >= 0) sum += weights[place] * value * (value - (2 * shift));
            }

            diagonal[f] = 1 + (inverseRegularization * _scaling.Scale[f] * _scaling.Scale[f] * Math.Max(0, sum));
        });
        diagonal[Columns] = Math.Max(inverseRegularization * total, 1e-12);
        return diagonal;
    }
}
