namespace SaeSharp.Activations.Capture;

/// <summary>Shapes and tokens of <see cref="ModelVectorReader"/>.</summary>
/// <param name="Contexts">Contexts that go through the model at a time.</param>
/// <param name="Length">Tokens a context.</param>
/// <param name="Padding">Token that short contexts are filled up with.</param>
/// <param name="BeginningOfText">Token that contexts start with, or null.</param>
/// <param name="CorpusPath">The corpus, for messages.</param>
internal sealed record ModelVectorOptions(int Contexts, int Length, int Padding, int? BeginningOfText, string CorpusPath);
