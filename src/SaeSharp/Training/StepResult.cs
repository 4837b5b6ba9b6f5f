namespace SaeSharp.Training;

/// <summary>What one training step of one dictionary did.</summary>
/// <param name="Losses">The loss and its terms.</param>
/// <param name="GradientNorm">Global norm of the gradient before clipping.</param>
/// <param name="LearningRate">The rate of this step.</param>
/// <param name="Drift">max |UᵀU − I| before the retraction; 0 for dictionaries without one.</param>
public readonly record struct StepResult(StepLosses Losses, double GradientNorm, double LearningRate, double Drift);
