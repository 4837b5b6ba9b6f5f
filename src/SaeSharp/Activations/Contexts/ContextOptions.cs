namespace SaeSharp.Activations.Contexts;

/// <summary>How the tokens of documents are packed into contexts.</summary>
/// <param name="Length">Tokens a context.</param>
/// <param name="PerDocument">Whether a context holds one document only; otherwise documents are joined by the end-of-text token and cut.</param>
/// <param name="BeginningOfText">Token that every context starts with, or null.</param>
/// <param name="EndOfText">Token between joined documents, or null for none.</param>
/// <param name="Repeat">Whether the corpus begins again when it ends.</param>
public sealed record ContextOptions(int Length, bool PerDocument, int? BeginningOfText, int? EndOfText, bool Repeat);
