using System.Text.Json.Nodes;

namespace SaeSharp.Evaluation;

/// <summary>What one evaluator found out about one dictionary.</summary>
/// <param name="Dictionary">Name of the dictionary.</param>
/// <param name="Values">The numbers.</param>
/// <param name="Counts">What was counted and left out, e.g. <c>tokens</c>, <c>special_tokens_excluded</c>.</param>
public sealed record EvaluationResult(string Dictionary, IReadOnlyList<MetricValue> Values, IReadOnlyDictionary<string, long> Counts)
{
    /// <summary>The number of a metric.</summary>
    /// <exception cref="ArgumentException">The result has no such metric.</exception>
    public double this[string name]
    {
        get
        {
            foreach (MetricValue value in Values)
                if (value.Definition.Name == name) return value.Value;
            throw new ArgumentException($"There is no metric '{name}' in this result.", nameof(name));
        }
    }

    /// <summary>Several results about one dictionary as one.</summary>
    /// <exception cref="ArgumentException">They are about different dictionaries, or there are none.</exception>
    public static EvaluationResult Merge(IReadOnlyList<EvaluationResult> results)
    {
        if (results.Count == 0 || results.Any(result => result.Dictionary != results[0].Dictionary))
            throw new ArgumentException("Results of one dictionary are expected.", nameof(results));
        Dictionary<string, long> counts = [];
        foreach ((string name, long count) in results.SelectMany(result => result.Counts)) counts[name] = count;
        return new EvaluationResult(results[0].Dictionary, [.. results.SelectMany(result => result.Values)], counts);
    }

    /// <summary>The result with the definition of every number.</summary>
    public JsonObject ToJson()
    {
        JsonObject metrics = [];
        foreach ((MetricDefinition definition, double value) in Values)
        {
            metrics[definition.Name] = new JsonObject
            {
                ["value"] = double.IsFinite(value) ? JsonValue.Create(value) : null,
                ["unit"] = definition.Unit,
                ["formula_version"] = definition.Version,
                ["better"] = definition.Better switch { Better.Lower => "lower", Better.Higher => "higher", _ => "neither" },
                ["definition"] = definition.Formula,
            };
        }

        JsonObject counts = [];
        foreach ((string name, long count) in Counts) counts[name] = count;
        return new JsonObject { ["dictionary"] = Dictionary, ["metrics"] = metrics, ["counts"] = counts };
    }
}
