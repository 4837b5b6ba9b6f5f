using System.Text.Json.Nodes;
using SaeSharp.Cli.Terminals;
using SaeSharp.Models;
using SaeSharp.Models.Hooks;

namespace SaeSharp.Cli.Verbs.Inspection;

/// <summary>What a host model is, from its configuration.</summary>
internal static class ModelInspector
{
    internal static JsonObject Describe(string path, Terminal terminal)
    {
        ModelDescription d = LanguageModel.Describe(path);
        terminal.Line($"{d.ModelType} model: {d.Layers} blocks, width {d.Width}, {d.Heads} heads, {Numbers.Count(d.VocabularySize)} tokens, contexts up to {Numbers.Count(d.ContextLength)}, {Numbers.Count(d.ParameterCount)} parameters");
        terminal.Line("hook points, for T tokens (N = 0 to " + (d.Layers - 1) + "):");
        foreach (HookPointShape shape in d.HookPoints.Where(shape => !shape.Point.InEveryBlock || shape.Point.Layer == 0))
            terminal.Line($"  {(shape.Point.InEveryBlock ? shape.ToString().Replace("blocks.0.", "blocks.N.", StringComparison.Ordinal) : shape.ToString())}");
        return new JsonObject
        {
            ["kind"] = "model",
            ["path"] = path,
            ["model_type"] = d.ModelType,
            ["layers"] = d.Layers,
            ["width"] = d.Width,
            ["heads"] = d.Heads,
            ["vocabulary"] = d.VocabularySize,
            ["context"] = d.ContextLength,
            ["parameters"] = d.ParameterCount,
            ["hook_points"] = new JsonArray([.. d.HookPoints.Select(shape => (JsonNode)shape.Point.ToString())]),
        };
    }
}
