namespace SaeSharp.Activations.Shards;

/// <summary>One file of a capture.</summary>
/// <param name="File">Its name in the capture's folder.</param>
/// <param name="Vectors">Vectors in it.</param>
public sealed record ActivationShard(string File, long Vectors);
