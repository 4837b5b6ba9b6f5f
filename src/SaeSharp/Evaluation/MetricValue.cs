namespace SaeSharp.Evaluation;

/// <summary>One measured number.</summary>
/// <param name="Definition">What it means.</param>
/// <param name="Value">The number; NaN where the data do not define it.</param>
public readonly record struct MetricValue(MetricDefinition Definition, double Value);
