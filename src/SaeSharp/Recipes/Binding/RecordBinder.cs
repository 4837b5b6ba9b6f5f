using System.Collections;
using System.Reflection;

namespace SaeSharp.Recipes.Binding;

/// <summary>Turns nodes into records and records into nodes, by their properties alone: a new property is a new key and needs no code here.</summary>
internal static class RecordBinder
{
    /// <summary>A record from its keys; what is not named keeps its default.</summary>
    /// <exception cref="InputException">A key is unknown, or a value does not fit.</exception>
    internal static object Bind(Type type, RecipeNode node, string path)
    {
        object record = Activator.CreateInstance(type)!;
        if (node is ScalarNode { Text: null }) return record;
        if (node is not MapNode map) throw new InputException($"{node.Origin}: {Describe(path)} must be a section of keys.");
        RecordSchema schema = RecordSchema.Of(type);
        foreach ((string key, string origin) in map.Keys)
        {
            string full = path.Length == 0 ? key : $"{path}.{key}";
            PropertyInfo property = schema.Find(key)
                ?? throw new InputException($"{origin}: unknown key '{full}'; {NearestName.Hint(key, schema.Keys)}");
            property.SetValue(record, BindValue(property.PropertyType, map[key], full));
        }

        return record;
    }

    /// <summary>Every key of a record, with its value.</summary>
    internal static MapNode ToNode(object record)
    {
        MapNode map = new("");
        foreach ((string key, PropertyInfo property) in RecordSchema.Of(record.GetType()).Properties)
        {
            object? value = property.GetValue(record);
            RecipeNode node = RecordSchema.ItemType(property.PropertyType) is not null
                ? new ListNode("", [.. ((IEnumerable)value!).Cast<object>().Select(ItemToNode)])
                : ItemToNode(value);
            map.Set(key, node, "");
        }

        return map;
    }

    /// <summary>The keys of a record that have other values than another record of its type.</summary>
    internal static MapNode Differences(MapNode map, MapNode other)
    {
        MapNode differences = new("");
        foreach ((string key, _) in map.Keys)
        {
            if (map[key] is MapNode section)
            {
                MapNode inner = Differences(section, (MapNode)other[key]);
                if (inner.Keys.Count > 0) differences.Set(key, inner, "");
            }
            else if (Text(map[key]) != Text(other[key]))
            {
                differences.Set(key, map[key], "");
            }
        }

        return differences;
    }

    private static string? Text(RecipeNode node) => node is ListNode list ? string.Join(',', list.Items.Select(Text)) : (node as ScalarNode)?.Text;

    private static RecipeNode ItemToNode(object? value) =>
        value is not null && RecordSchema.IsRecord(value.GetType()) ? ToNode(value) : new ScalarNode("", ScalarConverter.Write(value));

    private static object? BindValue(Type type, RecipeNode node, string path)
    {
        if (RecordSchema.IsRecord(type)) return Bind(type, node, path);
        if (RecordSchema.ItemType(type) is { } itemType) return BindList(itemType, node, path);
        if (node is not ScalarNode scalar) throw new InputException($"{node.Origin}: '{path}' must be {ScalarConverter.Expected(type)}, not a {(node is ListNode ? "list" : "section")}.");
        if (ScalarConverter.TryRead(type, scalar.Text, out object? value) is { } expected)
            throw new InputException($"{node.Origin}: '{path}' is '{scalar.Text ?? "null"}'; expected {expected}.{EnumHint(type, scalar.Text)}");
        return value;
    }

    private static Array BindList(Type itemType, RecipeNode node, string path)
    {
        List<RecipeNode> items = node switch
        {
            ListNode list => list.Items,
            ScalarNode { Text: null or "" } => [],
            ScalarNode scalar when !RecordSchema.IsRecord(itemType) =>
                [.. scalar.Text.Split(',').Select(part => new ScalarNode(scalar.Origin, part.Trim()))],
            _ => throw new InputException($"{node.Origin}: '{path}' must be a list."),
        };
        Array values = Array.CreateInstance(itemType, items.Count);
        for (int i = 0; i < items.Count; i++) values.SetValue(BindValue(itemType, items[i], $"{path}.{i}"), i);
        return values;
    }

    private static string EnumHint(Type type, string? text) =>
        (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } enumeration && text is not null && NearestName.Find(text, KeyName.OfValues(enumeration)) is { } nearest
            ? $" Did you mean '{nearest}'?"
            : "";

    private static string Describe(string path) => path.Length == 0 ? "a recipe" : $"'{path}'";
}
