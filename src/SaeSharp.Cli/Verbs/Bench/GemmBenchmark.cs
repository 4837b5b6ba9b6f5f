using System.Diagnostics;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Verbs.Bench;

/// <summary>Times one shape of the dense product.</summary>
internal static class GemmBenchmark
{
    /// <summary>The best of several timed products, in seconds.</summary>
    internal static double Run(Device device, GemmShape shape, int m, int k, int n, int repeats)
    {
        using Matrix a = shape == GemmShape.TN ? device.Allocate(k, m) : device.Allocate(m, k);
        using Matrix b = shape == GemmShape.NT ? device.Allocate(n, k) : device.Allocate(k, n);
        using Matrix c = device.Allocate(m, n);
        PhiloxStream random = new(1);
        random.FillNormal(a.AsSpan());
        random.FillNormal(b.AsSpan());
        device.Gemm(shape, a, b, c);
        double best = double.MaxValue;
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            device.Gemm(shape, a, b, c);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
