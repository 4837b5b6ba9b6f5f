using System.Diagnostics;
using SaeSharp.Activations;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;
using SaeSharp.Cli.Verbs.Evaluations;
using SaeSharp.Dictionaries;
using SaeSharp.Evaluation;
using SaeSharp.Formats;
using SaeSharp.Models;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Training;

namespace SaeSharp.Cli.Verbs.Training;

/// <summary>One run from its recipe to measured dictionaries. All that can be refused is refused before its folder is touched.</summary>
internal sealed class TrainingJob(Terminal terminal, Device device, CancellationToken cancel)
{
    /// <summary>Begins a run.</summary>
    internal int Start(Recipe recipe, RunFolder folder, bool overwrite)
    {
        Recipe record = RunPaths.Record(recipe), opened = RunPaths.Open(recipe);
        int width = VectorShape.WidthOf(opened);
        (record, opened) = (RecipeResolver.Resolve(record, width), RecipeResolver.Resolve(opened, width));
        record = record with { Name = record.Name ?? Path.GetFileName(folder.Path) };
        return Run(record, opened, folder, (run, source) =>
        {
            // Reads the first vectors, so that a corpus that is no text is refused now.
            _ = source.InputScale;
            folder.Create(overwrite);
            RecipeFile.Write(folder.Recipe, record);
        });
    }

    /// <summary>Goes on with a run.</summary>
    internal int Resume(Recipe record, RunFolder folder) => Run(record, RunPaths.Open(record), folder, (run, _) =>
    {
        AtomicFile.CreateFolder(folder.Checkpoints);
        long step = run.Resume();
        terminal.Note($"going on after step {Numbers.Count(step)} of {Numbers.Count(run.Steps)}");
    });

    private int Run(Recipe record, Recipe opened, RunFolder folder, Action<TrainingRun, IActivationSource> begin)
    {
        EvaluationSet.Check(opened);
        using LanguageModel? model = opened.Activations is null ? LanguageModel.Load(opened.Model!, device) : null;
        using IActivationSource source = ActivationSources.Create(opened, device, model);
        terminal.Note(Describe(record, folder, source));
        List<SparseDictionary> dictionaries = [];
        foreach (DictionarySpec spec in opened.Dictionaries)
            dictionaries.Add(DictionaryStart.Create(spec, source.Width, device, opened.Training.Seed, spec.Init is null ? 1 : source.InputScale));
        using (TrainingRun training = new(folder, record, source, dictionaries, device))
        {
            begin(training, source);
            if (!new TrainingView(terminal).Run(view => training.Train(view, cancel)))
            {
                terminal.Note($"stopped after step {Numbers.Count(training.Step)}; go on with: saesharp train --resume {folder.Path}");
                return Application.Failed;
            }

            Save(record, folder, training, source);
        }

        Measure(record, opened, folder, model);
        return Application.Succeeded;
    }

    private static string Describe(Recipe recipe, RunFolder folder, IActivationSource source)
    {
        string from = recipe.Activations ?? $"{recipe.Model} at {recipe.Hook}, {recipe.Corpus}";
        string names = string.Join(" and ", recipe.Dictionaries.Select(spec => spec.Name));
        return $"{names}: {Numbers.Count(recipe.Training.Steps ?? 0)} steps of {recipe.Training.Batch} vectors of width {source.Width} from {from} → {folder.Path}";
    }

    private static void Save(Recipe recipe, RunFolder folder, TrainingRun training, IActivationSource source)
    {
        bool alone = recipe.Dictionaries.Count == 1;
        foreach (SparseDictionary dictionary in training.Dictionaries)
        {
            Provenance provenance = new()
            {
                Model = recipe.Model is { } model ? Path.GetFileName(model.TrimEnd('/', '\\')) : null,
                Hook = recipe.Activations is null ? recipe.Hook : null,
                Context = recipe.Activations is null ? recipe.Data.Context : null,
                PrependBos = recipe.Activations is null ? recipe.Data.PrependBos : null,
                Dataset = Path.GetFileName(recipe.Activations ?? recipe.Corpus),
                TrainingTokens = training.Steps * recipe.Training.Batch,
                Seed = recipe.Training.Seed,
            };
            string home = folder.Dictionary(dictionary.Spec.Name, alone);
            AtomicFile.CreateFolder(Path.GetDirectoryName(home)!);
            DictionaryFiles.Save(dictionary, home, inputScale: source.InputScale, provenance: provenance);
        }
    }

    /// <summary>Measures what was saved, as anybody would who loads it.</summary>
    private void Measure(Recipe record, Recipe opened, RunFolder folder, LanguageModel? model)
    {
        bool alone = record.Dictionaries.Count == 1;
        List<string> homes = [.. record.Dictionaries.Select(spec => folder.Dictionary(spec.Name, alone))];
        IReadOnlyList<EvaluationResult> results = [];
        if (model is not null && opened.Evaluation.Corpus is not null)
        {
            using EvaluationSet set = EvaluationSet.OfText(opened, model);
            using DictionarySet dictionaries = DictionarySet.Load(homes, device);
            results = Evaluators.Run(dictionaries.Items, set, terminal, cancel);
            EvaluationFiles.Write(folder.Evaluation, results, record);
        }

        terminal.Line();
        if (results.Count > 0) terminal.Write(ComparisonTable.Draw(results, $"held-out {Path.GetFileName(opened.Evaluation.Corpus)}, {Numbers.Count(results[0].Counts["tokens"])} tokens"));
        else terminal.Line("not measured: there is no held-out text (--evaluation.corpus FILE); 'saesharp eval' measures on vectors.");
        foreach (string home in homes) terminal.Line(home);
        terminal.WriteJson(EvaluationFiles.ToJson(folder.Path, results));
    }
}
