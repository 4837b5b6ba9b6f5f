using System.Globalization;
using SaeSharp.Tests.Support;
using Xunit.Abstractions;

namespace SaeSharp.Tests.Gold;

/// <summary>Collects comparisons, so that a failing case shows every number that is off, and the closest call when none is.</summary>
internal sealed class Checks(string subject)
{
    private readonly List<string> _failures = [];
    private double _worst;
    private string _worstName = "nothing";

    /// <summary>Compares by the gold's measure, <see cref="Dense.Error"/>.</summary>
    public void Close(string name, ReadOnlySpan<double> actual, ReadOnlySpan<double> reference, double tolerance)
    {
        double error = Dense.Error(actual, reference);
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
        Assert.True(_failures.Count == 0, $"{subject}: {_failures.Count} off{Environment.NewLine}{string.Join(Environment.NewLine, _failures)}");
    }
}
