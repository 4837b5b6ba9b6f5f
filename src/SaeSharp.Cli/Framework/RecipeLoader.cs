using System.CommandLine;
using System.Reflection;
using SaeSharp.Formats;
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
        if (RecipeFlags.Value(parsed, "--init") is { } init && (path is null || !draft.HasDictionaries))
            draft.SetDictionaries([DictionaryFiles.Describe(BundledFiles.Locate(init)).Spec]);
        RecipeFlags.Apply(parsed, draft);
        if (draft.Text("activations") is { } vectors && File.Exists(BundledFiles.Locate(vectors))) LeaveAsTheyAre(draft);
        return draft.Build();
    }

    /// <summary>
    /// Without a recipe the main job is meant; its model, corpus and rates make no sense for somebody's own vectors,
    /// so <c>--activations</c> begins with the defaults and keeps the main job's dictionaries only.
    /// </summary>
    private static RecipeDraft Base(ParseResult parsed)
    {
        RecipeDraft main = RecipeDraft.Parse(MainJobText(), MainJob);
        if (!RecipeFlags.Has(parsed, "--activations")) return main;
        RecipeDraft plain = RecipeDraft.Empty();
        plain.SetDictionaries(main.Build().Dictionaries);
        return plain;
    }

    /// <summary>A file of vectors says exactly what is to be trained on.</summary>
    private static void LeaveAsTheyAre(RecipeDraft draft)
    {
        draft.SetDefault("data.exclude_special_tokens", "false");
        draft.SetDefault("data.exclude_norm_outliers", "false");
        draft.SetDefault("data.normalize", "none");
    }

    private static string MainJobText()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(MainJob)
            ?? throw new InvalidOperationException($"{MainJob} is not embedded.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
