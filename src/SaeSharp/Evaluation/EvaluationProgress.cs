namespace SaeSharp.Evaluation;

/// <summary>How far an evaluation has come.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Done">Tokens done.</param>
/// <param name="Total">Tokens in all; 0 if unknown.</param>
public readonly record struct EvaluationProgress(string What, long Done, long Total);
