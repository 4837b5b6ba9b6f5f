using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests;

/// <summary>One device for all tests.</summary>
internal static class Devices
{
    public static CpuDevice Shared { get; } = new(2);
}
