using System.CommandLine;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;
using SaeSharp.Cli.Verbs.Training;
using SaeSharp.Evaluation;
using SaeSharp.Formats;
using SaeSharp.Models;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Training;

namespace SaeSharp.Cli.Verbs.Evaluations;

/// <summary><c>saesharp eval</c>: measures dictionaries, or all those of a run, on held-out text or given vectors.</summary>
internal sealed class EvalVerb : Verb
{
    private const string HeldOut = "assets/corpus/valid.txt.gz";

    private readonly Argument<string[]> _paths = new("path") { Arity = ArgumentArity.OneOrMore, Description = "A run, or one or more dictionaries to compare." };
    private readonly Option<string?> _model;
    private readonly Option<string?> _hook;
    private readonly Option<string?> _corpus;
    private readonly Option<long?> _tokens;
    private readonly Option<int?> _context;
    private readonly Option<string?> _activations;
    private readonly Option<string?> _tensor;
    private readonly Option<bool> _includeSpecial;
    private readonly Option<bool> _includeOutliers;

    internal EvalVerb(VerbHost host)
        : base(host, "eval", "Measure dictionaries: FVU, MSE, L0, dead latents, cross-entropy recovered, KL.")
    {
        Arguments.Add(_paths);
        _model = AddOption<string?>("--model", "Host model. Default: the run's, or the bundled model that the dictionary names.", "FOLDER");
        _hook = AddOption<string?>("--hook", "Hook point. Default: the run's, or the dictionary's.", "POINT");
        _corpus = AddOption<string?>("--corpus", "Held-out text. Default: the run's, or the bundled one.", "FILE");
        _tokens = AddOption<long?>("--tokens", $"Tokens of it; 0: all. Default: the run's, or {new EvaluationSpec().Tokens}.", "N");
        _context = AddOption<int?>("--context", "Tokens a context. Default: the run's, or the dictionary's.", "N");
        _activations = AddOption<string?>("--activations", "Measure on given vectors instead; no cross-entropy then.", "PATH");
        _tensor = AddOption<string?>("--tensor", "Tensor in the activations file.", "NAME");
        _includeSpecial = AddSwitch("--include-special-tokens", "Measure at special tokens too.");
        _includeOutliers = AddSwitch("--include-norm-outliers", "Measure at norm outliers too.");
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "saesharp eval runs/small",
        "saesharp eval runs/small/dictionary/polysae runs/small/dictionary/linear --tokens 20000 --json",
        "saesharp eval runs/small/dictionary/polysae --activations activations",
    ];

    internal override string Notes => "The JSON defines every number and gives the version of its formula. For a run, evaluation/<name>.json is written too.";

    protected override int Run(ParseResult parsed)
    {
        string[] paths = [.. parsed.GetRequiredValue(_paths).Select(BundledFiles.Locate)];
        RunFolder? run = paths.Length == 1 && !File.Exists(Path.Combine(paths[0], "cfg.json")) && File.Exists(new RunFolder(paths[0]).Recipe) ? new RunFolder(paths[0]) : null;
        Recipe recipe = Override(parsed, run is null ? FromProvenance(paths[0]) : RecipeFile.Read(run.Recipe));
        string[] folders = run is null ? paths : [.. recipe.Dictionaries.Select(spec => run.Dictionary(spec.Name, recipe.Dictionaries.Count == 1))];
        using CpuDevice device = Host.OpenDevice(parsed);
        using DictionarySet dictionaries = DictionarySet.Load(folders, device);
        using LanguageModel? model = recipe.Activations is null ? LanguageModel.Load(RunPaths.Open(recipe).Model!, device) : null;
        using EvaluationSet set = model is null
            ? EvaluationSet.OfVectors(BundledFiles.Locate(recipe.Activations!), recipe.Data.Tensor, device)
            : EvaluationSet.OfText(RunPaths.Open(recipe), model);
        IReadOnlyList<EvaluationResult> results = Distinguish(Evaluators.Run(dictionaries.Items, set, Terminal, Cancellation), folders);
        if (run is not null) EvaluationFiles.Write(run.Evaluation, results, recipe);
        string source = Path.GetFileName((recipe.Activations ?? recipe.Evaluation.Corpus!).TrimEnd('/', '\\'));
        Terminal.Write(ComparisonTable.Draw(results, $"{source}, {Numbers.Count(results[0].Counts["tokens"])} tokens"));
        Terminal.WriteJson(EvaluationFiles.ToJson(paths[0], results));
        return Application.Succeeded;
    }

    /// <summary>What a dictionary says about where it comes from, as far as it goes.</summary>
    private static Recipe FromProvenance(string folder)
    {
        DictionaryDescription description = DictionaryFiles.Describe(folder);
        Provenance provenance = description.Provenance;
        DataSpec data = new();
        return new Recipe
        {
            Model = provenance.Model is { } name ? BundledFiles.Find(Path.Combine("assets", "models", name)) ?? name : null,
            Hook = provenance.Hook,
            Data = data with { Context = provenance.Context ?? data.Context, PrependBos = provenance.PrependBos ?? data.PrependBos },
        };
    }

    private Recipe Override(ParseResult parsed, Recipe recipe)
    {
        string? given = parsed.GetValue(_activations);
        Recipe result = recipe with
        {
            Model = parsed.GetValue(_model) ?? recipe.Model,
            Hook = parsed.GetValue(_hook) ?? recipe.Hook,
            Activations = given ?? (parsed.GetValue(_corpus) is null && recipe.Model is null ? recipe.Activations : null),
            Evaluation = recipe.Evaluation with
            {
                Corpus = parsed.GetValue(_corpus) ?? recipe.Evaluation.Corpus ?? HeldOut,
                Tokens = parsed.GetValue(_tokens) ?? recipe.Evaluation.Tokens,
            },
            Data = recipe.Data with
            {
                Context = parsed.GetValue(_context) ?? recipe.Data.Context,
                Tensor = parsed.GetValue(_tensor) ?? recipe.Data.Tensor,
                ExcludeSpecialTokens = recipe.Data.ExcludeSpecialTokens && !parsed.GetValue(_includeSpecial),
                ExcludeNormOutliers = recipe.Data.ExcludeNormOutliers && !parsed.GetValue(_includeOutliers),
            },
        };
        if (result.Activations is not null) return result;
        if (result.Model is null) throw new InputException("It is not known which model the dictionary belongs to; give --model FOLDER and --hook POINT, or --activations PATH.");
        if (result.Hook is null) throw new InputException("It is not known which hook point the dictionary belongs to; give --hook POINT.");
        return result;
    }

    /// <summary>Dictionaries of one name are told apart by their folders.</summary>
    private static IReadOnlyList<EvaluationResult> Distinguish(IReadOnlyList<EvaluationResult> results, string[] folders) =>
        results.Select(result => result.Dictionary).Distinct().Count() == results.Count ? results : [.. results.Select((result, i) => result with { Dictionary = folders[i] })];
}
