namespace SaeSharp.Evaluation.Probing;

/// <summary>One probe: one class against the rest from a few latents.</summary>
/// <param name="Class">The class.</param>
/// <param name="Size">Number of latents; <see cref="SparseProbingOptions.AllLatents"/> for all.</param>
/// <param name="Arm">Scaling.</param>
/// <param name="Selection">How latents were chosen.</param>
/// <param name="Latents">Which, best first; empty if all were used.</param>
/// <param name="Train">Scores on the training texts.</param>
/// <param name="Test">Scores on the test texts.</param>
public sealed record ClassProbe(
    string Class, int Size, ProbeArm Arm, ProbeSelection Selection, IReadOnlyList<int> Latents, BinaryScores Train, BinaryScores Test);
