using System.Text.Json;
using SaeSharp.Models.Files;

namespace SaeSharp.Models.Weights;

/// <summary>A model's <c>config.json</c>: keys are read with the range that makes sense, and a wrong one is named.</summary>
public sealed class ModelConfig : IDisposable
{
    /// <summary>The usual name of the file in a model's folder.</summary>
    public const string FileName = "config.json";

    private readonly JsonDocument? _document;
    private readonly JsonElement _root;

    private ModelConfig(string path, JsonElement root, JsonDocument? document = null)
    {
        Path = path;
        _root = root;
        _document = document;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The family: <c>model_type</c>.</summary>
    public string ModelType => Text("model_type");

    /// <summary>Reads the configuration of a model's folder.</summary>
    /// <exception cref="InputException">There is none, or it is not a JSON object.</exception>
    public static ModelConfig ReadFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new InputException($"There is no model folder {folder}.");
        string path = System.IO.Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InputException($"{folder} is not a model folder: it has no {FileName}.");
        JsonDocument document = JsonFile.Read(path, quoteInfinities: true);
        if (document.RootElement.ValueKind == JsonValueKind.Object) return new ModelConfig(path, document.RootElement, document);
        document.Dispose();
        throw new InputException($"{path} is not a JSON object.");
    }

    /// <summary>Whether a key is there and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>A whole number.</summary>
    public int Integer(string key, int least, int most, int? fallback = null)
    {
        if (Find(key) is not { } element) return fallback ?? throw Missing(key);
        bool valid = element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) && value >= least && value <= most;
        return valid ? element.GetInt32() : throw Wrong(key, element, $"a whole number from {least} to {most}");
    }

    /// <summary>A finite number.</summary>
    public double Number(string key, double least, double most, double? fallback = null)
    {
        if (Find(key) is not { } element) return fallback ?? throw Missing(key);
        bool valid = element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && value >= least && value <= most;
        return valid ? element.GetDouble() : throw Wrong(key, element, $"a number from {least:g} to {most:g}");
    }

    /// <summary>Two numbers, the first not above the second. Either may be infinite, written <c>Infinity</c>, <c>"Infinity"</c> or <c>{"__float__": "Infinity"}</c>.</summary>
    public (double Least, double Most) Range(string key, double least, double most)
    {
        if (Find(key) is not { } element) return (least, most);
        bool valid = element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2;
        double first = valid ? NumberOrInfinity(element[0]) : double.NaN, second = valid ? NumberOrInfinity(element[1]) : double.NaN;
        return first >= least && second <= most && first <= second ? (first, second) : throw Wrong(key, element, $"two numbers from {least:g} to {most:g}");
    }

    /// <summary>Whether a key holds a list.</summary>
    public bool IsList(string key) => Find(key) is { ValueKind: JsonValueKind.Array };

    /// <summary>A list of texts; null if there is none.</summary>
    public string[]? Texts(string key)
    {
        if (Find(key) is not { } element) return null;
        bool valid = element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String);
        return valid ? [.. element.EnumerateArray().Select(item => item.GetString()!)] : throw Wrong(key, element, "a list of texts");
    }

    /// <summary>A list of whole numbers; empty if there is none.</summary>
    public int[] Integers(string key)
    {
        if (Find(key) is not { } element) return [];
        bool valid = element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _));
        return valid ? [.. element.EnumerateArray().Select(item => item.GetInt32())] : throw Wrong(key, element, "a list of whole numbers");
    }

    /// <summary>An object within the configuration; null if it is missing. It lives as long as the whole.</summary>
    public ModelConfig? Section(string key)
    {
        if (Find(key) is not { } element) return null;
        return element.ValueKind == JsonValueKind.Object ? new ModelConfig(Path, element) : throw Wrong(key, element, "an object");
    }

    /// <summary>True or false.</summary>
    public bool Boolean(string key, bool fallback)
    {
        if (Find(key) is not { } element) return fallback;
        return element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Wrong(key, element, "true or false");
    }

    /// <summary>A text.</summary>
    public string Text(string key, string? fallback = null)
    {
        if (Find(key) is not { } element) return fallback ?? throw Missing(key);
        return element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Wrong(key, element, "a text");
    }

    /// <summary>One of a few texts, each of which stands for something.</summary>
    public T Choice<T>(string key, string fallback, IReadOnlyDictionary<string, T> choices)
    {
        string text = Text(key, fallback);
        return choices.TryGetValue(text, out T? value)
            ? value
            : throw new InputException($"'{key}' in {Path} is '{text}'; expected one of {string.Join(", ", choices.Keys)}.");
    }

    /// <summary>The end-of-text token: a number, or the first of a list; null if the file says nothing.</summary>
    public int? EndOfText(int vocabularySize)
    {
        const string Key = "eos_token_id";
        if (Find(Key) is not { } element) return null;
        JsonElement first = element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0 ? element[0] : element;
        bool valid = first.ValueKind == JsonValueKind.Number && first.TryGetInt32(out int id) && id >= 0 && id < vocabularySize;
        return valid ? first.GetInt32() : throw Wrong(Key, element, $"a token from 0 to {vocabularySize - 1}");
    }

    /// <inheritdoc/>
    public void Dispose() => _document?.Dispose();

    private JsonElement? Find(string key) =>
        _root.TryGetProperty(key, out JsonElement element) && element.ValueKind != JsonValueKind.Null ? element : null;

    private static double NumberOrInfinity(JsonElement element)
    {
        const string Wrapper = "__float__";
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(Wrapper, out JsonElement inner)) element = inner;
        if (element.ValueKind == JsonValueKind.Number) return element.GetDouble();
        return element.ValueKind != JsonValueKind.String ? double.NaN : element.GetString() switch
        {
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => double.NaN,
        };
    }

    private InputException Missing(string key) => new($"{Path} has no '{key}'.");

    private InputException Wrong(string key, JsonElement element, string expected)
    {
        string found = element.GetRawText().ReplaceLineEndings(" ");
        return new InputException($"'{key}' in {Path} is {(found.Length > 60 ? found[..57] + "..." : found)}; expected {expected}.");
    }
}
