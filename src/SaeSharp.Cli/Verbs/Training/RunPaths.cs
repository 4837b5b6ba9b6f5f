using SaeSharp.Cli.Framework;
using SaeSharp.Dictionaries;
using SaeSharp.Recipes;
using SaeSharp.Training;

namespace SaeSharp.Cli.Verbs.Training;

/// <summary>Where a recipe's files are on this machine, and how they are named in a run's folder.</summary>
internal static class RunPaths
{
    /// <summary>The recipe with every path as it can be opened here.</summary>
    internal static Recipe Open(Recipe recipe) => Map(recipe, BundledFiles.Locate);

    /// <summary>The recipe as a run's folder keeps it: bundled files by their bundled name, others in full, so that the run can be resumed from anywhere.</summary>
    internal static Recipe Record(Recipe recipe) => Map(recipe with { Out = null }, BundledFiles.Record);

    /// <summary>The folder of a new run; one that was not named gets a name that is free.</summary>
    internal static RunFolder Folder(Recipe recipe, bool overwrite)
    {
        if (recipe.Out is { } given) return new RunFolder(given);
        string name = recipe.Name ?? DefaultName(recipe);
        if (name.Length == 0 || name.IndexOfAny(['/', '\\', '\0']) >= 0 || name is "." or "..") throw new InputException($"name is '{name}'; expected a plain folder name.");
        string path = Path.Combine("runs", name);
        if (overwrite) return new RunFolder(path);
        string free = path;
        for (int i = 2; new RunFolder(free).Exists; i++) free = $"{path}-{i}";
        return new RunFolder(free);
    }

    private static string DefaultName(Recipe recipe)
    {
        string source = Path.GetFileNameWithoutExtension((recipe.Activations ?? recipe.Model ?? "run").TrimEnd('/', '\\'));
        return recipe.Hook is null || recipe.Activations is not null ? source : $"{source}-{recipe.Hook}";
    }

    private static Recipe Map(Recipe recipe, Func<string, string> map)
    {
        string? Optional(string? path) => path is null ? null : map(path);
        return recipe with
        {
            Model = Optional(recipe.Model),
            Corpus = Optional(recipe.Corpus),
            Activations = Optional(recipe.Activations),
            Evaluation = recipe.Evaluation with { Corpus = Optional(recipe.Evaluation.Corpus) },
            Dictionaries = [.. recipe.Dictionaries.Select(spec => spec with { Init = Optional(spec.Init) })],
        };
    }
}
