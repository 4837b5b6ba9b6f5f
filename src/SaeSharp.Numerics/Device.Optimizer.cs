namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>One fused Adam update of a tensor.</summary>
    /// <param name="weights">[r, c], updated.</param>
    /// <param name="gradient">[r, c]; multiplied by <see cref="AdamStep.GradientScale"/> on the way in (global-norm clipping).</param>
    /// <param name="first">[r, c], first moment, updated.</param>
    /// <param name="second">[r, c], second moment, updated.</param>
    /// <param name="step">Rate, decays and bias corrections.</param>
    /// <remarks>m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; w ← w − η·(m / c₁) / (√(v / c₂) + ε): the order of operations of the field's usual Adam.</remarks>
    public abstract void Adam(MatrixView weights, MatrixView gradient, MatrixView first, MatrixView second, in AdamStep step);
}

/// <summary>The scalars of one Adam step.</summary>
/// <param name="LearningRate">η.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the corrected second moment.</param>
/// <param name="Correction1">1 − β₁ᵗ.</param>
/// <param name="Correction2">1 − β₂ᵗ.</param>
/// <param name="GradientScale">min(1, clip / (norm + 1e-6)), or 1.</param>
public readonly record struct AdamStep(
    float LearningRate, double Beta1, double Beta2, float Epsilon, double Correction1, double Correction2, float GradientScale);
