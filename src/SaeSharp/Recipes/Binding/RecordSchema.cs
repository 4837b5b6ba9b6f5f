using System.Collections.Concurrent;
using System.Reflection;

namespace SaeSharp.Recipes.Binding;

/// <summary>The keys of a record: its properties in snake_case.</summary>
internal sealed class RecordSchema
{
    private static readonly ConcurrentDictionary<Type, RecordSchema> Cache = new();

    private readonly Dictionary<string, PropertyInfo> _properties = new(StringComparer.Ordinal);

    private RecordSchema(Type type)
    {
        Type = type;
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is { IsPublic: true }) _properties.Add(KeyName.Of(property.Name), property);
        }
    }

    internal Type Type { get; }

    internal IReadOnlyCollection<string> Keys => _properties.Keys;

    internal IEnumerable<(string Key, PropertyInfo Property)> Properties => _properties.Select(pair => (pair.Key, pair.Value));

    internal static RecordSchema Of(Type type) => Cache.GetOrAdd(type, static type => new RecordSchema(type));

    internal PropertyInfo? Find(string key) => _properties.GetValueOrDefault(key);

    /// <summary>Whether values of a type are sections of their own.</summary>
    internal static bool IsRecord(Type type) => type.IsClass && type != typeof(string) && type.Namespace?.StartsWith("SaeSharp", StringComparison.Ordinal) == true;

    /// <summary>Type of the items, if the type is a list.</summary>
    internal static Type? ItemType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;
}
