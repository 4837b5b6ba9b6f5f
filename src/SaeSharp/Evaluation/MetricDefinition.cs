namespace SaeSharp.Evaluation;

/// <summary>What a number means, in full, so that two numbers of one name and version can be compared.</summary>
/// <param name="Name">Key in JSON, snake_case.</param>
/// <param name="Title">Short heading for tables.</param>
/// <param name="Unit">Unit; empty for a plain ratio.</param>
/// <param name="Version">Raised whenever the formula changes.</param>
/// <param name="Better">Which way it improves.</param>
/// <param name="Formula">The definition in one line.</param>
public sealed record MetricDefinition(string Name, string Title, string Unit, int Version, Better Better, string Formula);
