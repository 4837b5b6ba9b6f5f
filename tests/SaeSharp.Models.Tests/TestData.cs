namespace SaeSharp.Models.Tests;

/// <summary>Where the test data lies: beside the test assembly.</summary>
internal static class TestData
{
    public static string Gpt2Tiny => Path.Combine(AppContext.BaseDirectory, "assets", "models", "gpt2-tiny");

    public static string At(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Data", .. parts]);
}
