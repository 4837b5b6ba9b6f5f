using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

/// <summary>What holds for the device as a whole: threads, memory, names.</summary>
public class DeviceTests
{
    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Results_are_bit_identical_for_any_number_of_threads(SimdLevel level)
    {
        float[] expected = RunEverything(1, level);
        foreach (int threads in new[] { 2, 3, 7 }) Assert.Equal(expected, RunEverything(threads, level));
    }

    [Fact]
    public void Several_threads_may_call_kernels_of_one_device_at_once()
    {
        using var device = new CpuDevice(2);
        float[] expected = RunEverything(device);
        Exception? failure = null;
        var callers = new Thread[4];
        for (int i = 0; i < callers.Length; i++)
        {
            callers[i] = new Thread(() =>
            {
                try
                {
                    for (int round = 0; round < 3; round++) Assert.Equal(expected, RunEverything(device));
                }
                catch (Exception error)
                {
                    Volatile.Write(ref failure, error);
                }
            });
            callers[i].Start();
        }

        foreach (Thread caller in callers) caller.Join();
        Assert.Null(failure);
    }

    [Fact]
    public void An_error_in_a_chunk_reaches_the_caller_and_the_device_goes_on()
    {
        using var device = new CpuDevice(3);
        using Padded bad = Padded.Random(500, 70, 1);
        bad.View[3, 3] = float.NaN;
        for (int i = 0; i < 3; i++) Assert.Throws<ArithmeticException>(() => device.Orthonormalize(bad));
        using Padded good = Padded.Random(500, 70, 1);
        device.Orthonormalize(good);
        Assert.True(device.AllFinite(good));
    }

    [Fact]
    public void Name_tells_threads_and_instruction_set()
    {
        using var one = new CpuDevice(1, SimdLevel.Portable);
        Assert.Equal("cpu (1 thread, 128-bit)", one.Name);
        Assert.Equal(1, one.Threads);
        using var all = new CpuDevice();
        Assert.Equal(Environment.ProcessorCount, all.Threads);
        Assert.Equal(CpuDevice.BestLevel, all.Level);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuDevice(-1));
    }

    [Fact]
    public void Machine_peak_is_plausible()
    {
        MachinePeak peak = MachinePeak.Measure(1);
        Assert.Equal(1, peak.Threads);
        // From a software emulation of vectors to the largest core of the next years.
        Assert.InRange(peak.Gflops, 0.001, 2000);
        Assert.InRange(peak.CopyGigabytesPerSecond, 0.1, 2000);
        Assert.Equal(0.5, peak.Fraction(peak.Gflops * 1e9, 2), 1e-12);
    }

    private static float[] RunEverything(int threads, SimdLevel level)
    {
        using var device = new CpuDevice(threads, level);
        return RunEverything(device);
    }

    private static float[] RunEverything(CpuDevice device)
    {
        using var problem = new TrainingProblem(device);
        problem.Run();
        problem.Run();
        return problem.Results();
    }
}
