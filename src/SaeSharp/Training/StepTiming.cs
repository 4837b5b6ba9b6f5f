namespace SaeSharp.Training;

/// <summary>How long training steps took.</summary>
/// <param name="Median">Seconds of the median step.</param>
/// <param name="Fastest">Seconds of the fastest step.</param>
/// <param name="Slowest">Seconds of the slowest step.</param>
/// <param name="PeakMemoryBytes">Most memory that the process held at once.</param>
/// <param name="AllocatedBytes">Most managed memory that a timed step allocated.</param>
public readonly record struct StepTiming(double Median, double Fastest, double Slowest, long PeakMemoryBytes, long AllocatedBytes);
