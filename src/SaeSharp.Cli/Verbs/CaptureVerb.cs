using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Activations.Shards;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;
using SaeSharp.Cli.Verbs.Training;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp capture</c>: a host model's vectors to disk, to be trained on as often as one likes.</summary>
internal sealed class CaptureVerb : Verb
{
    private readonly Argument<string?> _recipe = new("recipe") { Arity = ArgumentArity.ZeroOrOne, Description = "YAML file; default: the main job's model, hook point and corpus." };
    private readonly Option<string> _type;
    private readonly Option<bool> _overwrite;

    internal CaptureVerb(VerbHost host)
        : base(host, "capture", "Write a host model's activations to a folder, for training without the model.")
    {
        Arguments.Add(_recipe);
        foreach ((string flag, string value, string description) in RecipeFlags.Common)
        {
            if (flag is "--model" or "--hook" or "--corpus" or "--context")
                Options.Add(new Option<string>(flag) { HelpName = value, Description = description });
        }

        Options.Add(new Option<string>("--tokens") { HelpName = "N", Description = "Vectors to write; the corpus is read once." });
        Options.Add(new Option<string>("--out") { HelpName = "FOLDER", Description = "Folder to write.", Required = true });
        _type = AddOption<string>("--type", "F32, F16 or BF16. Default: F32.", "TYPE");
        _type.DefaultValueFactory = _ => "F32";
        _type.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "F32", "F16", "BF16");
        _overwrite = AddSwitch("--overwrite", "Replace an earlier capture in the same folder.");
    }

    internal override IReadOnlyList<string> Examples =>
        ["saesharp capture --tokens 100000 --out activations", "saesharp train --activations activations --tokens 100000 --out runs/from-disk"];

    internal override string Notes =>
        "The folder holds index.json and shards activations-00000.safetensors … with one tensor 'activations' [N, D] each, in the corpus's order and unscaled.";

    internal override bool TakesRecipeFlags => true;

    protected override int Run(ParseResult parsed)
    {
        Recipe recipe = RunPaths.Open(RecipeLoader.Load(parsed, parsed.GetValue(_recipe)));
        string folder = recipe.Out!;
        if (recipe.Activations is not null) throw new InputException("capture takes a model, a hook point and a corpus; activations are what it makes.");
        VectorShape.WidthOf(recipe);
        using CpuDevice device = Host.OpenDevice(parsed);
        using ProgressLine progress = new(Terminal, "captured", recipe.Tokens, "vectors");
        TensorType type = Enum.Parse<TensorType>(parsed.GetValue(_type)!, ignoreCase: true);
        ActivationIndex index = ActivationCapture.Run(recipe, folder, device, type, parsed.GetValue(_overwrite), progress: progress, cancel: Cancellation);
        progress.Finish();
        Terminal.Line($"{folder}: {Numbers.Count(index.Vectors)} vectors of width {index.Width} as {index.Type}, mean norm {Numbers.Plain(index.MeanNorm)}");
        Terminal.Line($"left out: {Numbers.Count(index.SpecialTokens)} at special tokens, {Numbers.Count(index.NormOutliers)} norm outliers");
        Terminal.WriteJson(new JsonObject
        {
            ["out"] = folder,
            ["vectors"] = index.Vectors,
            ["width"] = index.Width,
            ["type"] = index.Type,
            ["shards"] = index.Shards.Count,
            ["special_tokens_excluded"] = index.SpecialTokens,
            ["norm_outliers_excluded"] = index.NormOutliers,
            ["mean_norm"] = index.MeanNorm,
            ["median_norm"] = index.MedianNorm,
        });
        return Application.Succeeded;
    }
}
