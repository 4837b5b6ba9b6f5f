namespace SaeSharp.Inference;

/// <summary>What was written.</summary>
/// <param name="Vectors">Vectors encoded.</param>
/// <param name="Entries">Codes that are stored.</param>
public readonly record struct CodeFileResult(long Vectors, long Entries);
