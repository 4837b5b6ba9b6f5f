using SaeSharp.Activations.Corpora;

namespace SaeSharp.Activations.Contexts;

/// <summary>Where a context begins.</summary>
/// <param name="Epoch">How often the corpus began again before.</param>
/// <param name="Piece">Where the piece of text begins whose tokens come next.</param>
/// <param name="Token">How many tokens of the piece are gone.</param>
public readonly record struct ContextPosition(long Epoch, CorpusPosition Piece, int Token);
