namespace SaeSharp.Recipes.Binding;

/// <summary>A piece of a recipe before it has types: what YAML, flags and records have in common.</summary>
/// <param name="Origin">Where it was written, for messages: <c>recipe.yaml, line 3</c> or <c>--k</c>.</param>
internal abstract record RecipeNode(string Origin);

/// <summary>One value; null for an absent one.</summary>
internal sealed record ScalarNode(string Origin, string? Text) : RecipeNode(Origin);

/// <summary>Values in order.</summary>
internal sealed record ListNode(string Origin, List<RecipeNode> Items) : RecipeNode(Origin);

/// <summary>Keys with values, in the order in which they were written.</summary>
internal sealed record MapNode(string Origin) : RecipeNode(Origin)
{
    private readonly List<(string Key, string Origin)> _order = [];
    private readonly Dictionary<string, RecipeNode> _entries = new(StringComparer.Ordinal);

    internal IReadOnlyList<(string Key, string Origin)> Keys => _order;

    internal RecipeNode this[string key] => _entries[key];

    internal RecipeNode? Find(string key) => _entries.GetValueOrDefault(key);

    internal void Set(string key, RecipeNode value, string origin)
    {
        if (_entries.TryAdd(key, value)) _order.Add((key, origin));
        else _entries[key] = value;
    }
}
