using System.Text.Json.Nodes;
using SaeSharp.Activations.Shards;
using SaeSharp.Cli.Terminals;
using SaeSharp.Formats;
using SaeSharp.Models.Files;
using SaeSharp.Recipes;
using SaeSharp.Training;
using Spectre.Console;

namespace SaeSharp.Cli.Verbs.Inspection;

/// <summary>Finds out what a path holds and prints it; the same facts come back as JSON.</summary>
internal static class Inspectors
{
    internal static JsonObject Describe(string path, Terminal terminal)
    {
        if (File.Exists(path)) return DescribeFile(path, terminal);
        if (!Directory.Exists(path)) throw new InputException($"there is nothing at {path}.");
        if (File.Exists(Path.Combine(path, "cfg.json"))) return DescribeDictionary(path, terminal);
        if (File.Exists(new RunFolder(path).Recipe)) return DescribeRun(path, terminal);
        if (File.Exists(Path.Combine(path, ActivationIndex.FileName))) return DescribeActivations(path, terminal);
        if (File.Exists(Path.Combine(path, "config.json"))) return ModelInspector.Describe(path, terminal);
        throw new InputException($"{path} holds nothing that is known here; expected a dictionary (cfg.json), a run (recipe.yaml), activations (index.json) or a model (config.json).");
    }

    private static JsonObject DescribeFile(string path, Terminal terminal)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        terminal.Line($"safetensors file, {Numbers.Bytes(new FileInfo(path).Length)}");
        foreach ((string key, string value) in file.Metadata) terminal.Line($"  {key}: {value}");
        Table table = new();
        table.AddColumns("tensor", "type", "shape");
        JsonArray tensors = [];
        foreach (TensorInfo info in file.Tensors.Values.OrderBy(info => info.Name, StringComparer.Ordinal))
        {
            table.AddRow(Markup.Escape(info.Name), info.Type.HeaderName(), Markup.Escape(info.ShapeText));
            tensors.Add(new JsonObject { ["name"] = info.Name, ["type"] = info.Type.HeaderName(), ["shape"] = new JsonArray([.. info.Shape.Select(size => (JsonNode)size)]) });
        }

        terminal.Write(table);
        return new JsonObject { ["kind"] = "safetensors", ["path"] = path, ["tensors"] = tensors };
    }

    private static JsonObject DescribeDictionary(string path, Terminal terminal)
    {
        DictionaryDescription d = DictionaryFiles.Describe(path);
        terminal.Line($"dictionary '{d.Spec.Name}': {d.Architecture} in layout {d.Layout.Name()}, {d.Spec.Latents} latents over width {d.Width}, {Numbers.Count(d.ParameterCount)} parameters");
        if (d.Provenance.Model is not null || d.Provenance.Hook is not null) terminal.Line($"from {d.Provenance.Model ?? "an unnamed model"} at {d.Provenance.Hook ?? "an unnamed hook point"}{(d.Provenance.TrainingTokens is { } tokens ? $", {Numbers.Count(tokens)} tokens" : "")}");
        if (!d.IsRecorded) terminal.Line("(not written by SaeSharp: keys that the layout does not hold are shown at their defaults)");
        terminal.Line("description, where it is not the default:");
        foreach (string line in RecipeFile.ToShortYaml(d.Spec).TrimEnd().Split('\n')) terminal.Line("  " + line);
        terminal.Line("tensors:");
        foreach (string tensor in d.Tensors) terminal.Line($"  {tensor}{(d.IgnoredTensors.Contains(tensor.Split(' ')[0]) ? "  (not used)" : "")}");
        return new JsonObject
        {
            ["kind"] = "dictionary",
            ["path"] = path,
            ["name"] = d.Spec.Name,
            ["layout"] = d.Layout.Name(),
            ["architecture"] = d.Architecture,
            ["width"] = d.Width,
            ["latents"] = d.Spec.Latents,
            ["k"] = d.Spec.Sparsifier.K,
            ["parameters"] = d.ParameterCount,
            ["model"] = d.Provenance.Model,
            ["hook"] = d.Provenance.Hook,
            ["training_tokens"] = d.Provenance.TrainingTokens,
            ["tensors"] = new JsonArray([.. d.Tensors.Select(tensor => (JsonNode)tensor)]),
            ["ignored_tensors"] = new JsonArray([.. d.IgnoredTensors.Select(tensor => (JsonNode)tensor)]),
        };
    }

    private static JsonObject DescribeRun(string path, Terminal terminal)
    {
        RunFolder folder = new(path);
        Recipe recipe = RecipeFile.Read(folder.Recipe);
        IReadOnlyList<(long Step, string File)> checkpoints = folder.ListCheckpoints();
        long steps = recipe.Training.Steps ?? Math.Max(1, recipe.Tokens / Math.Max(1, recipe.Training.Batch));
        bool alone = recipe.Dictionaries.Count == 1;
        terminal.Line($"run '{recipe.Name}' of {Numbers.Count(steps)} steps, last checkpoint {(checkpoints.Count == 0 ? "none" : $"after step {Numbers.Count(checkpoints[^1].Step)}")}");
        terminal.Line($"vectors from {recipe.Activations ?? $"{recipe.Model} at {recipe.Hook}, {recipe.Corpus}"}");
        JsonArray dictionaries = [];
        foreach (string name in recipe.Dictionaries.Select(spec => spec.Name))
        {
            string home = folder.Dictionary(name, alone);
            bool saved = File.Exists(Path.Combine(home, "cfg.json"));
            terminal.Line($"  {name}: {(saved ? home : "not saved yet")}");
            dictionaries.Add(new JsonObject { ["name"] = name, ["path"] = saved ? home : null });
        }

        return new JsonObject
        {
            ["kind"] = "run",
            ["path"] = folder.Path,
            ["name"] = recipe.Name,
            ["steps"] = steps,
            ["last_checkpoint"] = checkpoints.Count == 0 ? null : checkpoints[^1].Step,
            ["dictionaries"] = dictionaries,
        };
    }

    private static JsonObject DescribeActivations(string path, Terminal terminal)
    {
        ActivationIndex index = ActivationIndex.Read(path);
        terminal.Line($"captured activations: {Numbers.Count(index.Vectors)} vectors of width {index.Width} as {index.Type} in {index.Shards.Count} shards");
        terminal.Line($"from {index.Model} at {index.Hook}, {index.Corpus}, contexts of {index.Context}");
        terminal.Line($"left out: {Numbers.Count(index.SpecialTokens)} at special tokens, {Numbers.Count(index.NormOutliers)} norm outliers; mean norm {Numbers.Plain(index.MeanNorm)}, median {Numbers.Plain(index.MedianNorm)}");
        return new JsonObject
        {
            ["kind"] = "activations",
            ["path"] = path,
            ["vectors"] = index.Vectors,
            ["width"] = index.Width,
            ["type"] = index.Type,
            ["model"] = index.Model,
            ["hook"] = index.Hook,
            ["corpus"] = index.Corpus,
            ["special_tokens_excluded"] = index.SpecialTokens,
            ["norm_outliers_excluded"] = index.NormOutliers,
        };
    }
}
