using SaeSharp.Evaluation;
using SaeSharp.Interactions.Statistics;

namespace SaeSharp.Interactions;

/// <summary>A correlation with its interval.</summary>
/// <param name="Definition">What it means.</param>
/// <param name="Value">Over all qualifying pairs (Pearson), or over the sample (Spearman).</param>
/// <param name="Interval">Bootstrap over latents, on the sample.</param>
public readonly record struct AssociationValue(MetricDefinition Definition, double Value, Interval Interval);
