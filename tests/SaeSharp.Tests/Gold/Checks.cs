using System.Globalization;
using Xunit.Abstractions;

namespace SaeSharp.Tests.Gold;

/// <summary>Collects comparisons, so that a failing case shows every number that is off, and the closest call when none is.</summary>
internal sealed class Checks(string subject)
{
    private readonly List<string> _failures = [];
    private double _worst;
    private string _worstName = "nothing";

    /// <summary>max|actual − reference| / max|reference|, the gold's measure; the plain maximum where the reference is all zero.</summary>
    public static double Error(ReadOnlySpan<double> actual, ReadOnlySpan<double> reference)
    {
        if (actual.Length != reference.Length) return double.PositiveInfinity;
        double difference = 0;
        double size = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double distance = Math.Abs(actual[i] - reference[i]);
            if (!(distance <= difference)) difference = distance;
            size = Math.Max(size, Math.Abs(reference[i]));
        }

        return size == 0 ? difference : difference / size;
    }

    public void Close(string name, ReadOnlySpan<double> actual, ReadOnlySpan<double> reference, double tolerance)
    {
        double error = Error(actual, reference);
        double ratio = error / tolerance;
        if (ratio > _worst)
        {
            _worst = ratio;
            _worstName = name;
        }

        if (!(error <= tolerance)) _failures.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: error {error:g3}, allowed {tolerance:g3}"));
    }

    public void Close(string name, double actual, double reference, double tolerance) => Close(name, [actual], [reference], tolerance);

    public void Equal<T>(string name, IEnumerable<T> actual, IEnumerable<T> reference)
    {
        if (!actual.SequenceEqual(reference)) _failures.Add($"{name}: {string.Join(' ', actual)} instead of {string.Join(' ', reference)}");
    }

    public void Holds(string name, bool condition)
    {
        if (!condition) _failures.Add(name);
    }

    /// <summary>Fails with everything that was off.</summary>
    public void Verify(ITestOutputHelper output)
    {
        string worst = string.Create(CultureInfo.InvariantCulture, $"{subject}: worst error / tolerance {_worst:f3} ({_worstName})");
        output.WriteLine(worst);
        if (Environment.GetEnvironmentVariable("SAESHARP_GOLD_LOG") is { Length: > 0 } log) File.AppendAllText(log, worst + Environment.NewLine);
        Assert.True(_failures.Count == 0, $"{subject}: {_failures.Count} off{Environment.NewLine}{string.Join(Environment.NewLine, _failures)}");
    }
}
