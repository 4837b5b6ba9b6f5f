namespace SaeSharp.Numerics.Tests.Support;

/// <summary>The instruction sets that this machine can test: every kernel test runs once for each.</summary>
public static class Levels
{
    private static readonly CpuDevice[] s_devices = [.. Enum.GetValues<SimdLevel>().Select(level => new CpuDevice(2, level))];

    public static TheoryData<SimdLevel> Available { get; } = [.. Enum.GetValues<SimdLevel>().Where(level => level <= CpuDevice.BestLevel)];

    /// <summary>A device with two threads, shared by all tests of a level.</summary>
    public static CpuDevice Device(SimdLevel level) => s_devices[(int)level];
}
