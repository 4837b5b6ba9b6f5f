using SaeSharp.Dictionaries;
using SaeSharp.Recipes.Binding;

namespace SaeSharp.Recipes;

/// <summary>A recipe before its values have types, so that flags can be laid over a file.</summary>
public sealed class RecipeDraft
{
    private readonly MapNode _root;

    private RecipeDraft(MapNode root) => _root = root;

    /// <summary>Whether any dictionary is described.</summary>
    public bool HasDictionaries => _root.Find("dictionaries") is ListNode { Items.Count: > 0 };

    /// <summary>A draft without a key: every default.</summary>
    public static RecipeDraft Empty() => new(new MapNode("recipe"));

    /// <summary>A draft from a file.</summary>
    /// <exception cref="InputException">The file cannot be read, is not YAML, or is no section of keys.</exception>
    public static RecipeDraft Read(string path) => Parse(RecipeFile.ReadText(path), path);

    /// <summary>A draft from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What to call it in messages.</param>
    public static RecipeDraft Parse(string yaml, string source) => YamlReader.Read(yaml, source) switch
    {
        MapNode map => new(map),
        ScalarNode { Text: null } => new(new MapNode(source)),
        RecipeNode other => throw new InputException($"{other.Origin}: a recipe must be a section of keys."),
    };

    /// <summary>The text of a top-level key; null if it is not there.</summary>
    public string? Text(string key) => (_root.Find(key) as ScalarNode)?.Text;

    /// <summary>Describes the dictionaries by records, in place of what was there.</summary>
    public void SetDictionaries(IEnumerable<DictionarySpec> dictionaries) =>
        _root.Set("dictionaries", new ListNode("", [.. dictionaries.Select(RecordBinder.ToNode)]), "");

    /// <summary>Sets one value as a flag does.</summary>
    /// <param name="path">A path from <see cref="RecipeKeys.Resolve"/>.</param>
    /// <param name="value">Text; lists separated by commas.</param>
    /// <param name="origin">What to call it in messages: the flag.</param>
    /// <exception cref="InputException">The path names a dictionary that is not there.</exception>
    public void Set(RecipePath path, string value, string origin)
    {
        if (!path.IsForDictionaries)
        {
            SetIn(_root, path.Keys, value, origin);
            return;
        }

        foreach (MapNode dictionary in Dictionaries(path.Dictionary, origin)) SetIn(dictionary, path.Keys, value, origin);
    }

    /// <summary>Sets a value that is not there yet.</summary>
    /// <param name="path">A key of the recipe itself, e.g. <c>data.normalize</c>.</param>
    /// <param name="value">Text.</param>
    public void SetDefault(string path, string value)
    {
        string[] keys = path.Split('.');
        RecipeNode? node = _root;
        foreach (string key in keys) node = (node as MapNode)?.Find(key);
        if (node is null) SetIn(_root, keys, value, "");
    }

    /// <summary>The recipe, with defaults for what is not there.</summary>
    /// <exception cref="InputException">A key is unknown, or a value does not fit.</exception>
    public Recipe Build()
    {
        Recipe recipe = (Recipe)RecordBinder.Bind(typeof(Recipe), _root, "");
        string? twice = recipe.Dictionaries.GroupBy(d => d.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? recipe : throw new InputException($"Two dictionaries of the recipe are named '{twice}'; give each a name of its own.");
    }

    private static void SetIn(MapNode map, IReadOnlyList<string> keys, string value, string origin)
    {
        for (int i = 0; i < keys.Count - 1; i++)
        {
            if (map.Find(keys[i]) is not MapNode inner)
            {
                inner = new MapNode(origin);
                map.Set(keys[i], inner, origin);
            }

            map = inner;
        }

        map.Set(keys[^1], new ScalarNode(origin, value.Length == 0 || value == "null" ? null : value), origin);
    }

    private List<MapNode> Dictionaries(string? selector, string origin)
    {
        List<RecipeNode> items = (_root.Find("dictionaries") as ListNode)?.Items ?? [];
        if (items.Count == 0)
        {
            // A flag about dictionaries asks for one.
            items = [new MapNode(origin)];
            _root.Set("dictionaries", new ListNode(origin, items), origin);
        }

        List<MapNode> maps = [.. items.OfType<MapNode>()];
        if (selector is null) return maps;
        if (int.TryParse(selector, out int index) && index >= 0 && index < maps.Count) return [maps[index]];
        List<string> names = [.. maps.Select(map => (map.Find("name") as ScalarNode)?.Text ?? new DictionarySpec().Name)];
        int found = names.FindIndex(name => RecipeKeys.SameSpelling(name, selector));
        return found >= 0 ? [maps[found]] : throw new InputException($"{origin}: the recipe has no dictionary '{selector}'; it has {string.Join(", ", names)}.");
    }
}
