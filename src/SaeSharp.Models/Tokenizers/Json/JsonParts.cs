using System.Text.Json;

namespace SaeSharp.Models.Tokenizers.Json;

/// <summary>Looks at JSON that somebody gave us.</summary>
internal static class JsonParts
{
    /// <summary>A member that is there and not null.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;

    /// <summary>The text of a member; null if it is no text.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>The <c>type</c> of a part of a tokenizer.</summary>
    public static string? Kind(this JsonElement element) => element.Text("type");

    /// <summary>Whether a member is true.</summary>
    public static bool IsTrue(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A part and the parts within it, if it is a <c>Sequence</c>; nothing for none.</summary>
    public static IReadOnlyList<JsonElement> Flatten(this JsonElement? element, string list)
    {
        if (element is not { } part) return [];
        if (part.Kind() != "Sequence" || part.Member(list) is not { ValueKind: JsonValueKind.Array } parts) return [part];
        return [.. parts.EnumerateArray().SelectMany(inner => Flatten(inner, list))];
    }

    /// <summary>For a part that would change the tokens in a way that we don't know.</summary>
    public static InputException Unsupported(string path, string found, string expected) =>
        new($"{path} uses {found}; this tokenizer kind is not supported (expected {expected}).");
}
