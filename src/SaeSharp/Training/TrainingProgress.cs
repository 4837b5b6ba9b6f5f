namespace SaeSharp.Training;

/// <summary>How far a run is; reported at every logged step.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="Tokens">Vectors trained on.</param>
/// <param name="TokensPerSecond">Rate since this process began training.</param>
/// <param name="Remaining">Estimated time left.</param>
/// <param name="Dictionaries">One entry a dictionary.</param>
public sealed record TrainingProgress(
    long Step, long Steps, long Tokens, double TokensPerSecond, TimeSpan Remaining, IReadOnlyList<DictionaryMetrics> Dictionaries);
