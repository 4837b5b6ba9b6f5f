using System.Text.Json;

namespace SaeSharp.Tests.Gold;

/// <summary>The JSON side of a gold case: hyper-parameters, per-step scalars and tolerances.</summary>
internal sealed class GoldManifest
{
    private readonly JsonElement _root;

    public GoldManifest(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        _root = document.RootElement.Clone();
        HyperParameters = _root.GetProperty("hyper_parameters");
        Tolerance = Tolerances(_root, "tolerance");
        UpdateTolerance = Tolerances(_root, "tolerance_of_updates");
    }

    public JsonElement Root => _root;

    public JsonElement HyperParameters { get; }

    public int Steps => _root.GetProperty("steps").GetInt32();

    /// <summary>The class that ran upstream, e.g. <c>PolyTopKTrainingSAE</c>.</summary>
    public string TrainingClass => _root.GetProperty("training_class").GetString()!;

    /// <summary>Error allowed in float32, by tensor; the key <c>default</c> for all others.</summary>
    public IReadOnlyDictionary<string, double> Tolerance { get; }

    /// <summary>The same for <c>state after the step − init</c>.</summary>
    public IReadOnlyDictionary<string, double> UpdateTolerance { get; }

    /// <summary>Steps after which the state was stored.</summary>
    public bool HasSnapshot(IEnumerable<string> tensors, int step) => tensors.Any(t => t.StartsWith($"f64.step{step}.", StringComparison.Ordinal));

    /// <summary>A hyper-parameter, or the fallback where the case does not name it.</summary>
    public double Number(string key, double fallback = 0) => HyperParameters.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : fallback;

    public bool Flag(string key, bool fallback = false) => HyperParameters.TryGetProperty(key, out JsonElement value) ? value.GetBoolean() : fallback;

    public int[] Integers(string key) => HyperParameters.TryGetProperty(key, out JsonElement value) ? [.. value.EnumerateArray().Select(v => v.GetInt32())] : [];

    public double[] Numbers(string key) => [.. HyperParameters.GetProperty(key).EnumerateArray().Select(v => v.GetDouble())];

    /// <summary>A scalar of every step, computed in float64; empty where upstream has none.</summary>
    public double[] Trajectory(string key) => _root.GetProperty("trajectory").GetProperty("float64").TryGetProperty(key, out JsonElement value)
        ? [.. value.EnumerateArray().Select(v => v.GetDouble())]
        : [];

    /// <summary>A loss term of every step; empty where upstream does not list it.</summary>
    public double[] LossTerm(string term) => _root.GetProperty("trajectory").GetProperty("float64").TryGetProperty("losses", out JsonElement value)
        && value[0].TryGetProperty(term, out _)
        ? [.. value.EnumerateArray().Select(v => v.GetProperty(term).GetDouble())]
        : [];

    private static Dictionary<string, double> Tolerances(JsonElement root, string section)
    {
        if (!root.TryGetProperty(section, out JsonElement element)) return [];
        return element.GetProperty("float32_implementation").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetDouble(), StringComparer.Ordinal);
    }
}
