using System.CommandLine;
using System.Reflection;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Framework;

/// <summary>The recipe that a command line asks for: a file or the main job, with flags laid over it.</summary>
internal static class RecipeLoader
{
    private const string MainJob = "recipes/default.yaml";

    /// <summary>Reads the recipe.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="path">The recipe file that it names; null for none.</param>
    internal static Recipe Load(ParseResult parsed, string? path)
    {
        RecipeDraft draft = path is not null ? RecipeDraft.Read(BundledFiles.Locate(path)) : Base(parsed);
        RecipeFlags.Apply(parsed, draft);
        return draft.Build();
    }

    /// <summary>
    /// Without a recipe the main job is meant; its model, corpus and settings make no sense for somebody's own vectors,
    /// so <c>--activations</c> begins with the defaults instead, and leaves the vectors as they are.
    /// </summary>
    private static RecipeDraft Base(ParseResult parsed)
    {
        RecipeDraft main = RecipeDraft.Parse(MainJobText(), MainJob);
        if (!RecipeFlags.Has(parsed, "--activations")) return main;
        RecipeDraft plain = RecipeDraft.Empty();
        if (!RecipeFlags.Has(parsed, "--init")) plain.SetDictionaries(main.Build().Dictionaries);
        return plain;
    }

    private static string MainJobText()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(MainJob)
            ?? throw new InvalidOperationException($"{MainJob} is not embedded.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
