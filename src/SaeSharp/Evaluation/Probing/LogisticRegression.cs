namespace SaeSharp.Evaluation.Probing;

/// <summary>L2-penalised logistic regression: min ½‖w‖² + C Σ log(1 + exp(−s(xw + b))), intercept not penalised.</summary>
/// <remarks>
/// The objective of scikit-learn's <c>LogisticRegression(penalty="l2")</c>, which is strictly convex in w: its lbfgs and this Newton's method
/// have one solution. Newton goes on until the gradient is rounding, where lbfgs stops at 1e-4.
/// </remarks>
public static class LogisticRegression
{
    private const int MostIterations = 200;

    /// <summary>Fits a few dense features.</summary>
    /// <param name="values">[texts × features], row-major.</param>
    /// <param name="features">Number of features.</param>
    /// <param name="signs">+1 or −1 for each text.</param>
    /// <param name="inverseRegularization">C.</param>
    public static LogisticFit Fit(double[] values, int features, double[] signs, double inverseRegularization = 1)
    {
        if (features < 1 || values.Length != signs.Length * features) throw new ArgumentException("A row of features for each sign is expected.", nameof(values));
        return Fit(new DenseDesign(values, features), signs, inverseRegularization);
    }

    internal static LogisticFit Fit(ProbeDesign design, double[] signs, double inverseRegularization)
    {
        int size = design.Columns + 1;
        double[] coefficients = new double[size], trial = new double[size], step = new double[size], gradient = new double[size];
        double[] margins = new double[design.Rows], slopes = new double[design.Rows], curvature = new double[design.Rows];
        design.Margins(coefficients, margins);
        double objective = Objective(coefficients, margins, signs, inverseRegularization);
        int iteration = 0;
        double largest = Gradient();
        // The gradient is a sum of so many terms: below their rounding there is nothing to gain.
        double enough = 1e-13 * Math.Max(1, inverseRegularization * design.Rows);
        for (; iteration < MostIterations && largest > enough; iteration++)
        {
            design.Solve(curvature, inverseRegularization, gradient, step);
            double slope = 0;
            for (int i = 0; i < size; i++) slope += step[i] * gradient[i];
            if (!(slope < 0) || !LineSearch(slope)) break;
            largest = Gradient();
        }

        return new LogisticFit(coefficients[..^1], coefficients[^1], objective, largest, iteration);

        double Gradient()
        {
            for (int i = 0; i < margins.Length; i++)
            {
                double wrong = 1 / (1 + Math.Exp(signs[i] * margins[i]));
                slopes[i] = -inverseRegularization * signs[i] * wrong;
                curvature[i] = wrong * (1 - wrong);
            }

            design.Transposed(slopes, gradient);
            double result = 0;
            for (int i = 0; i < size; i++)
            {
                if (i < size - 1) gradient[i] += coefficients[i];
                result = Math.Max(result, Math.Abs(gradient[i]));
            }

            return result;
        }

        bool LineSearch(double slope)
        {
            for (double length = 1; length > 1e-10; length /= 2)
            {
                for (int i = 0; i < size; i++) trial[i] = coefficients[i] + (length * step[i]);
                design.Margins(trial, margins);
                double value = Objective(trial, margins, signs, inverseRegularization);
                // Near the solution the objective no longer resolves the progress that a full step still makes.
                bool converging = length == 1 && -slope < 1e-9 * Math.Max(1, objective) && value <= objective + (1e-14 * objective);
                if (!converging && !(value <= objective + (1e-4 * length * slope))) continue;
                trial.CopyTo(coefficients, 0);
                objective = value;
                return true;
            }

            design.Margins(coefficients, margins);
            return false;
        }
    }

    private static double Objective(double[] coefficients, double[] margins, double[] signs, double inverseRegularization)
    {
        double penalty = 0, loss = 0;
        for (int i = 0; i < coefficients.Length - 1; i++) penalty += coefficients[i] * coefficients[i];
        for (int i = 0; i < margins.Length; i++)
        {
            double m = signs[i] * margins[i];
            loss += m > 0 ? Math.Log(1 + Math.Exp(-m)) : Math.Log(1 + Math.Exp(m)) - m;
        }

        return (penalty / 2) + (inverseRegularization * loss);
    }
}
