using SaeSharp.Dictionaries;
using SaeSharp.Recipes.Binding;

namespace SaeSharp.Recipes;

/// <summary>The names by which recipe keys are called as flags.</summary>
/// <remarks>
/// Every key's full name works (<c>training.learning_rate</c>, <c>dictionaries.0.decoder.ranks</c>, <c>dictionaries.polysae.latents</c>);
/// a dictionary's key alone means every dictionary (<c>decoder.order</c>); the common ones have short names (<c>k</c>, <c>seed</c>).
/// Hyphens and underscores are the same.
/// </remarks>
public static class RecipeKeys
{
    private static readonly Dictionary<string, string> ShortNames = new(StringComparer.Ordinal)
    {
        ["seed"] = "training.seed",
        ["steps"] = "training.steps",
        ["batch"] = "training.batch",
        ["learning_rate"] = "training.learning_rate",
        ["checkpoint_every"] = "training.checkpoint_every",
        ["context"] = "data.context",
        ["normalize"] = "data.normalize",
        ["shuffle"] = "data.shuffle",
        ["tensor"] = "data.tensor",
        ["k"] = "sparsifier.k",
    };

    /// <summary>Every key with its type, default and section, in the order of declaration; list items appear once as <c>dictionaries.*</c>.</summary>
    public static IReadOnlyList<RecipeKey> All { get; } = Collect();

    /// <summary>Short names and the keys that they stand for.</summary>
    public static IReadOnlyDictionary<string, string> Short => ShortNames;

    /// <summary>Every name that <see cref="Resolve"/> takes, but for those that name one dictionary.</summary>
    public static IReadOnlyList<string> FlagNames { get; } = [.. All.SelectMany(NamesOf).Concat(ShortNames.Keys).Distinct()];

    /// <summary>Where a flag's value goes; null if there is no such key.</summary>
    /// <param name="flag">The flag without its leading hyphens.</param>
    public static RecipePath? Resolve(string flag)
    {
        string name = flag.Replace('-', '_');
        string[] parts = name.Split('.');
        if (parts is ["dictionaries", _, _, ..])
        {
            // The dictionary's own name keeps its spelling; its keys do not care.
            string selector = flag.Split('.')[1];
            string[]? keys = InDictionary(string.Join('.', parts[2..]));
            return keys is null ? null : new RecipePath(keys, true, selector == "*" ? null : selector);
        }

        name = ShortNames.GetValueOrDefault(name, name);
        if (IsKey(typeof(Recipe), name.Split('.'))) return new RecipePath(name.Split('.'));
        return InDictionary(name) is { } inner && name != "name" ? new RecipePath(inner, true) : null;
    }

    internal static bool SameSpelling(string a, string b) => string.Equals(a.Replace('-', '_'), b.Replace('-', '_'), StringComparison.OrdinalIgnoreCase);

    private static string[]? InDictionary(string name)
    {
        string[] keys = (name == "k" ? ShortNames[name] : name).Split('.');
        return IsKey(typeof(DictionarySpec), keys) ? keys : null;
    }

    /// <summary>Whether the keys lead to a value (not to a section or a list of sections).</summary>
    private static bool IsKey(Type type, ReadOnlySpan<string> keys)
    {
        if (RecordSchema.Of(type).Find(keys[0]) is not { } property) return false;
        Type value = property.PropertyType;
        if (RecordSchema.IsRecord(value)) return keys.Length > 1 && IsKey(value, keys[1..]);
        return keys.Length == 1 && (RecordSchema.ItemType(value) is not { } item || !RecordSchema.IsRecord(item));
    }

    private static List<RecipeKey> Collect()
    {
        List<RecipeKey> keys = [];
        Walk(typeof(Recipe), new Recipe(), "");
        return keys;

        void Walk(Type type, object defaults, string prefix)
        {
            foreach ((string key, System.Reflection.PropertyInfo property) in RecordSchema.Of(type).Properties)
            {
                string name = prefix + key;
                if (RecordSchema.IsRecord(property.PropertyType))
                    Walk(property.PropertyType, property.GetValue(defaults)!, name + ".");
                else if (RecordSchema.ItemType(property.PropertyType) is { } item && RecordSchema.IsRecord(item))
                    Walk(item, Activator.CreateInstance(item)!, name + ".*.");
                else
                    keys.Add(RecipeKey.Of(name, property, defaults));
            }
        }
    }

    private static IEnumerable<string> NamesOf(RecipeKey key)
    {
        const string each = "dictionaries.*.";
        return key.Name.StartsWith(each, StringComparison.Ordinal) && key.Name != each + "name" ? [key.Name[each.Length..]] : key.Name == each + "name" ? [] : [key.Name];
    }
}
