using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Training;

/// <summary>Adam with global-norm clipping over the parameters of one dictionary.</summary>
internal sealed class AdamOptimizer(Device device, TrainingSpec spec)
{
    /// <summary>Global norm of the gradients of this step, in double.</summary>
    public double GradientNorm(IReadOnlyList<Parameter> parameters)
    {
        double sum = 0;
        for (int i = 0; i < parameters.Count; i++)
        {
            if (parameters[i].HasGradient) sum += device.SumOfSquares(parameters[i].Gradient);
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="norm">Their gradients' global norm.</param>
    /// <param name="rate">η of this step.</param>
    /// <param name="step">Number of the step, from 0.</param>
    public void Step(IReadOnlyList<Parameter> parameters, double norm, double rate, long step)
    {
        // The published formula: min(1, clip / (norm + 1e-6)).
        double scale = spec.Clip > 0 ? Math.Min(1, spec.Clip / (norm + 1e-6)) : 1;
        var adam = new AdamStep(
            (float)rate, spec.Beta1, spec.Beta2, (float)spec.Epsilon,
            1 - Math.Pow(spec.Beta1, step + 1), 1 - Math.Pow(spec.Beta2, step + 1), (float)scale);
        for (int i = 0; i < parameters.Count; i++)
        {
            Parameter p = parameters[i];
            if (p.HasGradient) device.Adam(p.Value, p.Gradient, p.FirstMoment, p.SecondMoment, adam);
        }
    }
}
