using System.Globalization;
using System.Text.Json;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Families.Recurrent;

/// <summary>A model with its gold values and tolerances; remembers the worst error of each kind.</summary>
internal sealed class RecurrentFixture : IDisposable
{
    private readonly Dictionary<string, double> _tolerances;
    private readonly SortedDictionary<string, double> _worst = new(StringComparer.Ordinal);
    private readonly string _name;

    public RecurrentFixture(string family, string fixture)
    {
        _name = $"{family}/{fixture}";
        string folder = TestData.At(family, fixture);
        Model = LanguageModel.Load(folder, Devices.Shared);
        Gold = SafetensorsFile.Open(Path.Combine(folder, "gold.safetensors"));
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "report.json")));
        _tolerances = report.RootElement.GetProperty("tolerance_fp32_abs").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetDouble());
    }

    public LanguageModel Model { get; }

    public SafetensorsFile Gold { get; }

    public static Matrix Row(float[] values)
    {
        Matrix row = Devices.Shared.Allocate(1, values.Length);
        values.CopyTo(row.AsSpan());
        return row;
    }

    public int[] Ids(string text) => [.. Gold.ReadInt64($"{text}.input_ids").Select(id => (int)id)];

    /// <summary>The layer and token of a name such as <c>T7.blocks.1.rec.S_after_t5</c>; null for other names.</summary>
    public (int Layer, int Position)? StatePosition(string name, int length)
    {
        string[] parts = name.Split('.');
        if (parts.Length != 5 || !parts[4].StartsWith("S_", StringComparison.Ordinal)) return null;
        return (int.Parse(parts[2], CultureInfo.InvariantCulture), parts[4] == "S_last" ? length - 1 : 5);
    }

    public void Close(string name, ReadOnlySpan<float> actual, string kind)
    {
        double[] wide = new double[actual.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = actual[i];
        Close(name, wide, kind);
    }

    /// <remarks>
    /// The report's tolerance for write factors was measured on residual streams of order 5; what Mamba-2 reads from its states goes up to 70,
    /// where float32 steps are 7.6e-6 wide and three factors that are each right to 2e-7 make 5e-5. So 2e-6 of a factor's own size is allowed too.
    /// </remarks>
    public void Close(string name, ReadOnlySpan<double> actual, string kind)
    {
        double[] expected = Gold.ReadFloat64(name);
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(expected[i] - actual[i]);
            double allowed = name.Contains(".rec.", StringComparison.Ordinal) ? Math.Max(_tolerances[kind], 2e-6 * Math.Abs(expected[i])) : _tolerances[kind];
            Assert.True(error <= allowed, $"{_name} {name}[{i}] is {actual[i]}, expected {expected[i]} (error {error:g3}, allowed {allowed:g3})");
            worst = Math.Max(worst, error);
        }

        _worst[kind] = Math.Max(worst, _worst.GetValueOrDefault(kind));
    }

    public string WorstErrors() => $"{_name}: {string.Join(", ", _worst.Select(pair => $"{pair.Key} {pair.Value:g2} of {_tolerances[pair.Key]:g2}"))}";

    public void Dispose()
    {
        Model.Dispose();
        Gold.Dispose();
    }
}
