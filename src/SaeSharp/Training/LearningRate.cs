using SaeSharp.Recipes;

namespace SaeSharp.Training;

/// <summary>The course of the learning rate.</summary>
public static class LearningRate
{
    /// <summary>The rate of a step.</summary>
    /// <param name="spec">Height, warm-up, course and decay.</param>
    /// <param name="step">Number of the step, from 0.</param>
    /// <param name="steps">Number of steps of the run.</param>
    /// <remarks>
    /// Warm-up: (step + 1) / warm_up_steps, or step / warm_up_steps when it begins at zero. Then the course over the steps that are left,
    /// and over the last decay_steps a line to zero.
    /// </remarks>
    public static double At(TrainingSpec spec, long step, long steps)
    {
        double height = spec.LearningRate;
        if (step < spec.WarmUpSteps) return height * (step + (spec.WarmUpFromZero ? 0 : 1)) / spec.WarmUpSteps;
        double span = Math.Max(1, steps - spec.WarmUpSteps);
        double part = Math.Min(1, (step - spec.WarmUpSteps) / span);
        double rate = spec.Schedule switch
        {
            Schedule.Linear => height + ((spec.FinalLearningRate - height) * part),
            Schedule.Cosine => spec.FinalLearningRate + ((height - spec.FinalLearningRate) * (1 + Math.Cos(Math.PI * part)) / 2),
            _ => height,
        };
        long left = steps - step;
        return left < spec.DecaySteps ? rate * Math.Max(0, left) / spec.DecaySteps : rate;
    }
}
