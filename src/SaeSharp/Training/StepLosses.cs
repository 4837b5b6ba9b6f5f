namespace SaeSharp.Training;

/// <summary>The loss of one step and its terms, each averaged over tokens.</summary>
/// <param name="Reconstruction">Σ over the width of (x̂ − x)², mean over tokens (eq. of every SAE paper; not divided by the width).</param>
/// <param name="InnerLevels">The same, summed over the inner Matryoshka levels, weighted.</param>
/// <param name="Auxiliary">The auxiliary loss of dead latents (AuxK, a gated encoder's gate path, or the pre-activation loss), weighted.</param>
/// <param name="Sparsity">The L1 or L0 penalty, weighted.</param>
/// <param name="L0">Mean number of active latents a token.</param>
/// <param name="Dead">Latents that count as dead.</param>
public readonly record struct StepLosses(
    double Reconstruction, double InnerLevels, double Auxiliary, double Sparsity, double L0, int Dead)
{
    /// <summary>What is minimised.</summary>
    public double Total => Reconstruction + InnerLevels + Auxiliary + Sparsity;
}
