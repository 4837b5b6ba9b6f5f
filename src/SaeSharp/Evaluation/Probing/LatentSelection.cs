namespace SaeSharp.Evaluation.Probing;

/// <summary>Which latents a sparse probe may use.</summary>
internal static class LatentSelection
{
    /// <summary>The latents that separate the training texts best, best first; ties go to the smaller latent.</summary>
    public static int[] Strongest(LatentStatistics statistics, ProbeSelection selection, FeatureScaling scaling, int count)
    {
        int latents = scaling.Scale.Length;
        double[] keys = new double[latents];
        int[] order = new int[latents];
        for (int f = 0; f < latents; f++)
        {
            order[f] = f;
            keys[f] = selection == ProbeSelection.Auroc ? Math.Abs(statistics.Auroc[f] - 0.5) : Math.Abs(statistics.MeanDifference[f] * scaling.Scale[f]);
        }

        Array.Sort(order, (a, b) => keys[a] != keys[b] ? keys[b].CompareTo(keys[a]) : a.CompareTo(b));
        return order[..count];
    }
}
