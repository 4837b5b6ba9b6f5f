namespace SaeSharp.Activations.Corpora;

/// <summary>A document, or a part of a very long one.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="EndsDocument">Whether the document ends with it.</param>
public sealed record CorpusPiece(string Text, CorpusPosition Start, bool EndsDocument);
