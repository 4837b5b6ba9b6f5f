namespace SaeSharp.Activations.Capture;

/// <summary>Shapes and tokens of <see cref="ModelVectorReader"/>.</summary>
/// <param name="Contexts">Contexts that go through the model at a time.</param>
/// <param name="Length">Tokens a context.</param>
/// <param name="EndOfText">Token between documents, with which short contexts are filled up; null if the model has none.</param>
/// <param name="BeginningOfText">Token that contexts start with, or null.</param>
/// <param name="CorpusPath">The corpus, for messages.</param>
internal sealed record ModelVectorOptions(int Contexts, int Length, int? EndOfText, int? BeginningOfText, string CorpusPath);
