namespace SaeSharp.Evaluation.Probing;

/// <summary>What a probe sees of a latent's value: (value − shift) · scale.</summary>
/// <param name="Shift">[F]</param>
/// <param name="Scale">[F]</param>
internal sealed record FeatureScaling(double[] Shift, double[] Scale)
{
    /// <summary>The scaling of an arm.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="statistics">Means and deviations on the training texts.</param>
    /// <param name="directionNorms">‖α_f‖, [F].</param>
    public static FeatureScaling Of(ProbeArm arm, LatentStatistics statistics, double[] directionNorms)
    {
        int latents = directionNorms.Length;
        double[] scale = new double[latents];
        switch (arm)
        {
            case ProbeArm.AsPublished:
                Array.Fill(scale, 1);
                return new FeatureScaling(new double[latents], scale);
            case ProbeArm.DecoderNormFolded:
                return new FeatureScaling(new double[latents], directionNorms);
            default:
                for (int f = 0; f < latents; f++) scale[f] = statistics.Deviation[f] > 0 ? 1 / statistics.Deviation[f] : 0;
                return new FeatureScaling(statistics.Mean, scale);
        }
    }

    public double Apply(int latent, double value) => (value - Shift[latent]) * Scale[latent];
}
