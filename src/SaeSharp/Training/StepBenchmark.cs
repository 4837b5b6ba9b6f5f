using System.Diagnostics;
using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Training;

/// <summary>Times whole training steps on random vectors: forward, loss, backward, clip, Adam, constraints.</summary>
public static class StepBenchmark
{
    /// <summary>Runs a few steps to warm up, then times the given number.</summary>
    /// <param name="spec">What is trained.</param>
    /// <param name="width">Width D of the vectors.</param>
    /// <param name="batch">Vectors B a step.</param>
    /// <param name="steps">Timed steps.</param>
    /// <param name="device">Where.</param>
    public static StepTiming Run(DictionarySpec spec, int width, int batch, int steps, Device device)
    {
        const int WarmUp = 3;
        using SparseDictionary dictionary = SparseDictionary.Create(spec, width, device, seed: 0);
        using var training = new TrainingStep(dictionary, new TrainingSpec { Batch = batch }, WarmUp + steps);
        using Matrix x = device.Allocate(batch, width);
        var random = new PhiloxStream(seed: 1);
        double[] seconds = new double[steps];
        long allocated = 0;
        for (int step = 0; step < WarmUp + steps; step++)
        {
            // Fresh vectors each step, so that no cache remembers which latents they use.
            random.FillNormal(x.AsSpan());
            long bytes = GC.GetTotalAllocatedBytes(precise: true);
            long began = Stopwatch.GetTimestamp();
            training.Run(x, step);
            double elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (step < WarmUp) continue;
            seconds[step - WarmUp] = elapsed;
            allocated = Math.Max(allocated, GC.GetTotalAllocatedBytes(precise: true) - bytes);
        }

        Array.Sort(seconds);
        using var process = Process.GetCurrentProcess();
        return new StepTiming(seconds[steps / 2], seconds[0], seconds[^1], process.PeakWorkingSet64, allocated);
    }
}
