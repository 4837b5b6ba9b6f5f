using SaeSharp.Dictionaries;

namespace SaeSharp.Tests.Training.Reference;

/// <summary>Gradients of a <see cref="NaiveLoss"/>: central differences, and the written straight-through formula for thresholds.</summary>
internal sealed class NaiveGradient(DictionarySpec spec, NaiveDictionary model, NaiveLoss loss)
{
    /// <summary>Error of the central difference: about step² of the third derivative, and rounding / step.</summary>
    private const double Step = 1e-5;

    public double[] Of(string parameter) => parameter.EndsWith("threshold", StringComparison.Ordinal) ? OfThreshold(parameter) : Differences(parameter, loss.Total);

    private double[] Differences(string parameter, Func<double> value)
    {
        double[] numbers = model.Parameters[parameter];
        double[] slopes = new double[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            double kept = numbers[i];
            numbers[i] = kept + Step;
            double above = value();
            numbers[i] = kept - Step;
            double below = value();
            numbers[i] = kept;
            slopes[i] = (above - below) / (2 * Step);
        }

        return slopes;
    }

    /// <summary>
    /// dθ = −(1/ε) Σ_t 1[|h − θ| &lt; ε/2] (θ ∂L/∂z + ∂L/∂(one count of L0)), with ∂L/∂z by differences of the codes themselves;
    /// the pre-activation loss sees θ directly. SAELens trains log θ: chain rule. (Rajamanoharan et al. 2024, eq. 9 to 12.)
    /// The target penalty of dictionary_learning puts the code, not the score, under the kernel.
    /// </summary>
    private double[] OfThreshold(string parameter)
    {
        SparsifierSpec s = spec.Sparsifier;
        double[] theta = model.Thresholds();
        double[] h = model.Scores();
        double[] z = model.Codes(h);
        double[] ofCodes = new double[z.Length];
        for (int i = 0; i < z.Length; i++)
        {
            double kept = z[i];
            z[i] = kept + Step;
            double above = loss.TermsOfCodes(h, z);
            z[i] = kept - Step;
            double below = loss.TermsOfCodes(h, z);
            z[i] = kept;
            ofCodes[i] = (above - below) / (2 * Step);
        }

        double l0 = z.Count(v => v != 0) / (double)model.B;
        double perCount = s.L0Penalty switch
        {
            L0Penalty.Step => s.L0Coefficient / model.B,
            L0Penalty.Target => 2 * s.L0Coefficient * ((l0 / s.TargetL0) - 1) / s.TargetL0 / model.B,
            _ => 0,
        };
        double[] slopes = new double[theta.Length];
        for (int i = 0; i < z.Length; i++)
        {
            int f = i % model.F;
            double near = Math.Abs((h[i] - theta[f]) / s.Bandwidth) < 0.5 ? 1 : 0;
            double nearStep = s.L0Penalty == L0Penalty.Target ? (Math.Abs((z[i] - theta[f]) / s.Bandwidth) < 0.5 ? 1 : 0) : near;
            slopes[f] -= ((near * theta[f] * ofCodes[i]) + (nearStep * perCount)) / s.Bandwidth;
        }

        if (parameter == "log_threshold") slopes = [.. slopes.Select((slope, f) => slope * theta[f])];
        double[] direct = Differences(parameter, () => loss.PreActivation(h));
        return [.. slopes.Select((slope, f) => slope + direct[f])];
    }
}
