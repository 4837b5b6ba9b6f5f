namespace SaeSharp.Evaluation.Probing;

/// <summary>By what the latents of a sparse probe are chosen, on the training texts.</summary>
public enum ProbeSelection
{
    /// <summary>|mean over positive − mean over negative texts|, scaled as the arm says: the published protocol.</summary>
    MeanDifference,

    /// <summary>|AUROC − 1/2|, which no scale changes.</summary>
    Auroc,
}
