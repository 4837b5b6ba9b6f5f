using System.CommandLine;
using SaeSharp.Cli.Framework;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Training;

namespace SaeSharp.Cli.Verbs.Training;

/// <summary><c>saesharp train</c>: from text or vectors to saved and measured dictionaries.</summary>
internal sealed class TrainVerb : Verb
{
    private readonly Argument<string?> _recipe = new("recipe") { Arity = ArgumentArity.ZeroOrOne, Description = "YAML file; default: the main job, PolySAE and its linear twin on the bundled model." };
    private readonly Option<string?> _resume;
    private readonly Option<bool> _overwrite;

    internal TrainVerb(VerbHost host)
        : base(host, "train", "Train dictionaries on a host model's activations, or on given vectors.")
    {
        Arguments.Add(_recipe);
        RecipeFlags.AddTo(this);
        _resume = AddOption<string?>("--resume", "Go on with this run from its newest checkpoint; everything else comes from its recipe.", "RUN");
        _overwrite = AddSwitch("--overwrite", "Remove an earlier run in the same folder first.");
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "saesharp train",
        "saesharp train --tokens 200000 --latents 1024 --k 8 --out runs/small",
        "saesharp train recipes/tiny-batchtopk.yaml --tokens 200000 --training.warm_up_steps 50",
        "saesharp train --resume runs/small",
    ];

    internal override string Notes =>
        """
        Every key of a recipe is a flag of the same name (--training.clip 0.5, --decoder.order 2 for all dictionaries,
        --dictionaries.polysae.k 8 for one); 'saesharp recipe explain' lists them all with their defaults.

        Vectors of your own: --activations FILE takes a safetensors tensor [N, D] or [steps, B, D], named 'activations' or 'x',
        or as --tensor says. They are used as they are: nothing is left out and nothing is scaled unless the recipe says so.
        --shuffle none keeps their order; --init DICTIONARY begins with given weights and, without a recipe, with their description.

        The run's folder holds recipe.yaml, metrics.jsonl, checkpoints/, dictionary/ (one folder a dictionary if there are several)
        and evaluation/. Ctrl-C saves a checkpoint and stops.
        """;

    internal override bool TakesRecipeFlags => true;

    protected override int Run(ParseResult parsed)
    {
        using CpuDevice device = Host.OpenDevice(parsed);
        TrainingJob job = new(Terminal, device, Cancellation);
        if (parsed.GetValue(_resume) is { } path) return Resume(parsed, job, path);
        Recipe recipe = RecipeLoader.Load(parsed, parsed.GetValue(_recipe));
        bool overwrite = parsed.GetValue(_overwrite);
        RunFolder folder = RunPaths.Folder(recipe, overwrite);
        folder.RefuseExisting(overwrite);
        return job.Start(recipe, folder, overwrite);
    }

    private int Resume(ParseResult parsed, TrainingJob job, string path)
    {
        string? flag = RecipeFlags.FirstGiven(parsed);
        if (parsed.GetValue(_recipe) is not null || flag is not null || parsed.GetValue(_overwrite))
            throw new InputException($"--resume takes everything from the run's recipe; leave out {flag ?? (parsed.GetValue(_overwrite) ? "--overwrite" : "the recipe")}.");
        RunFolder folder = new(path);
        if (!File.Exists(folder.Recipe)) throw new InputException($"{path} is not a run: it has no recipe.yaml.");
        return job.Resume(RecipeFile.Read(folder.Recipe), folder);
    }
}
