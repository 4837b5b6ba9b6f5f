namespace SaeSharp.Formats;

/// <summary>Names of layouts on the command line.</summary>
public static class DictionaryLayouts
{
    private static readonly (DictionaryLayout Layout, string Name)[] All =
    [
        (DictionaryLayout.SaeSharp, "saesharp"),
        (DictionaryLayout.SaeLens, "saelens"),
        (DictionaryLayout.SaeLensTraining, "saelens-training"),
        (DictionaryLayout.PolySaeFork, "polysae-fork"),
        (DictionaryLayout.PolySaeForkTraining, "polysae-fork-training"),
        (DictionaryLayout.DictionaryLearning, "dictionary-learning"),
    ];

    /// <summary>Layouts that can be written.</summary>
    public static IReadOnlyList<string> WritableNames { get; } = [.. All.Where(entry => entry.Layout != DictionaryLayout.DictionaryLearning).Select(entry => entry.Name)];

    /// <summary>The layout's name, e.g. <c>polysae-fork</c>.</summary>
    public static string Name(this DictionaryLayout layout) => All[(int)layout].Name;

    /// <summary>Finds a layout that can be written by its name.</summary>
    /// <exception cref="InputException">There is none of that name; the message lists them.</exception>
    public static DictionaryLayout Parse(string name)
    {
        foreach ((DictionaryLayout layout, string known) in All)
        {
            if (known == name && layout != DictionaryLayout.DictionaryLearning) return layout;
        }

        throw new InputException($"There is no layout '{name}' to write; expected one of {string.Join(", ", WritableNames)}.");
    }

    internal static bool IsTraining(this DictionaryLayout layout) => layout is DictionaryLayout.SaeLensTraining or DictionaryLayout.PolySaeForkTraining;

    internal static bool IsFork(this DictionaryLayout layout) => layout is DictionaryLayout.PolySaeFork or DictionaryLayout.PolySaeForkTraining;
}
