namespace SaeSharp.Interactions;

/// <summary>Pairs with what was measured of them, column by column: what a scatter plot shows.</summary>
/// <param name="First">Smaller latents.</param>
/// <param name="Second">Larger latents.</param>
/// <param name="Strength">‖β_ij‖; empty for a linear dictionary.</param>
/// <param name="Count">N_ij.</param>
/// <param name="Covariance">Population covariance of z_i and z_j.</param>
/// <param name="MeanProduct">E[z_i z_j].</param>
public sealed record PairSample(int[] First, int[] Second, double[] Strength, double[] Count, double[] Covariance, double[] MeanProduct)
{
    /// <summary>Number of pairs.</summary>
    public int Length => First.Length;
}
