namespace SaeSharp.Evaluation.Probing;

/// <summary>How far apart a class's activations lie from the rest's.</summary>
/// <param name="Class">The class.</param>
/// <param name="Arm">Scaling.</param>
/// <param name="Wasserstein">Wasserstein-1 distance on the training texts, mean over all latents.</param>
public sealed record ClassDistance(string Class, ProbeArm Arm, double Wasserstein);
