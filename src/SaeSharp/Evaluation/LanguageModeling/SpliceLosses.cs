namespace SaeSharp.Evaluation.LanguageModeling;

/// <summary>Losses in nats at each position of a batch.</summary>
/// <param name="Clean">−log p(next) of the model as it is.</param>
/// <param name="Spliced">… with reconstructions spliced in.</param>
/// <param name="Zero">… with zeros in their place.</param>
/// <param name="Divergence">KL(clean ‖ spliced).</param>
/// <param name="ZeroDivergence">KL(clean ‖ zero).</param>
public readonly record struct SpliceLosses(double[] Clean, double[] Spliced, double[] Zero, double[] Divergence, double[] ZeroDivergence);
