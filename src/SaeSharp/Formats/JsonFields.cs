using System.Text.Json;

namespace SaeSharp.Formats;

/// <summary>Reads the keys of a JSON object that somebody else wrote; every complaint names the file and the key.</summary>
internal readonly struct JsonFields(string path, JsonElement element)
{
    public string Path => path;

    public JsonElement Element => element;

    public bool Has(string key) => Find(key) is not null;

    public string? Text(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Wrong(key, value, "text");

    public bool? Flag(string key) => Find(key) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(key, value, "true or false");

    public double? Number(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number
        : throw Wrong(key, value, "a number");

    public int? Whole(string key) => Find(key) is not { } value ? null : ToWhole(key, value);

    public IReadOnlyList<int>? Wholes(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > 1024) throw Wrong(key, value, "a list of whole numbers");
        List<int> numbers = [];
        foreach (JsonElement item in value.EnumerateArray()) numbers.Add(ToWhole(key, item));
        return numbers;
    }

    public IReadOnlyList<double>? Numbers(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > 1024) throw Wrong(key, value, "a list of numbers");
        List<double> numbers = [];
        foreach (JsonElement item in value.EnumerateArray())
            numbers.Add(item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Wrong(key, item, "a number"));
        return numbers;
    }

    public JsonFields? Object(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new JsonFields(path, value)
        : throw Wrong(key, value, "an object");

    public InputException Wrong(string key, JsonElement value, string expected)
    {
        string text = value.GetRawText();
        return new InputException($"'{key}' in {path} is {(text.Length > 60 ? text[..60] + "…" : text)}; expected {expected}.");
    }

    /// <summary>A key's value; absent and <c>null</c> are one.</summary>
    private JsonElement? Find(string key) => element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private int ToWhole(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue
            ? (int)number
            : throw Wrong(key, value, "a whole number below 2³¹");
}
