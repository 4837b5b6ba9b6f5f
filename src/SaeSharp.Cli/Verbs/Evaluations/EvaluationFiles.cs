using System.Text.Json;
using System.Text.Json.Nodes;
using SaeSharp.Evaluation;
using SaeSharp.Models.Files;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Verbs.Evaluations;

/// <summary>Evaluation results on disk: one JSON file a dictionary.</summary>
internal static class EvaluationFiles
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void Write(string folder, IReadOnlyList<EvaluationResult> results, Recipe recipe)
    {
        AtomicFile.CreateFolder(folder);
        foreach (EvaluationResult result in results)
        {
            JsonObject json = result.ToJson();
            json["data"] = new JsonObject
            {
                ["model"] = recipe.Model,
                ["hook"] = recipe.Hook,
                ["corpus"] = recipe.Evaluation.Corpus,
                ["context"] = recipe.Data.Context,
                ["exclude_special_tokens"] = recipe.Data.ExcludeSpecialTokens,
                ["exclude_norm_outliers"] = recipe.Data.ExcludeNormOutliers,
            };
            AtomicFile.WriteText(Path.Combine(folder, result.Dictionary + ".json"), json.ToJsonString(Layout) + "\n");
        }
    }

    internal static JsonObject ToJson(string path, IReadOnlyList<EvaluationResult> results) =>
        new() { ["path"] = path, ["results"] = new JsonArray([.. results.Select(result => (JsonNode)result.ToJson())]) };
}
