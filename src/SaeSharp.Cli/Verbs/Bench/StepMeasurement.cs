using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Planning;
using SaeSharp.Training;

namespace SaeSharp.Cli.Verbs.Bench;

/// <summary>A training step's time beside its floor on the same machine in the same run.</summary>
/// <param name="Timing">What was measured.</param>
/// <param name="Cost">What cannot be avoided.</param>
/// <param name="Speed">The machine.</param>
internal sealed record StepMeasurement(StepTiming Timing, StepCost Cost, MachineSpeed Speed)
{
    internal double FloorSeconds => Cost.FloorSeconds(Speed);

    internal double FloorFraction => FloorSeconds / Timing.Median;

    internal static StepMeasurement Run(DictionarySpec spec, int width, int batch, int steps, Device device)
    {
        StepTiming timing = StepBenchmark.Run(spec, width, batch, steps, device);
        // Measured last, because its buffers would count in the peak memory of the step.
        MachinePeak peak = MachinePeak.Measure(device.Threads);
        return new StepMeasurement(timing, StepCost.Of(spec, width, batch), new MachineSpeed(peak.Gflops * 1e9, peak.CopyGigabytesPerSecond * 1e9));
    }
}
