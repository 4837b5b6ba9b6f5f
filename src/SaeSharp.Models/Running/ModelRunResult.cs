namespace SaeSharp.Models.Running;

/// <summary>What a run wrote.</summary>
/// <param name="Sequences">Number of sequences.</param>
/// <param name="Length">Tokens a sequence.</param>
/// <param name="Tensors">Name and shape of each tensor in the file.</param>
public sealed record ModelRunResult(int Sequences, int Length, IReadOnlyList<(string Name, IReadOnlyList<long> Shape)> Tensors);
