using System.Text.Json;
using SaeSharp.Models.Files;
using SaeSharp.Models.States;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Running;

/// <summary>State edits and state captures as a file: what <c>saesharp run --edits</c> reads.</summary>
/// <remarks>
/// <code>
/// {
///   "tensors": "factors.safetensors",
///   "edits": [
///     { "layer": 1, "head": 0, "position": 10, "kind": "replace", "time": "post", "keys": "u", "values": "w", "scale": 1.0, "sequence": 0 }
///   ],
///   "states": [ { "layer": 1, "positions": [10, 32], "head": 0 } ]
/// }
/// </code>
/// <c>kind</c> is <c>delete_add</c>, <c>delete_full</c>, <c>replace</c>, <c>replace_full</c> or <c>add</c>; <c>time</c> is <c>post</c> (default) or <c>inline</c>;
/// without <c>sequence</c> all sequences are edited; <c>positions</c> may stand for <c>position</c>. <c>keys</c> and <c>values</c> name tensors [d_k] or [rank, d_k] and
/// [d_v] or [rank, d_v] of the safetensors file <c>tensors</c>, which lies in the folder of the file. A state without <c>head</c> is captured for all heads.
/// </remarks>
public sealed class StateEditFile : IDisposable
{
    private const int MostPositions = 1 << 20;

    private static readonly Dictionary<string, StateEditKind> Kinds = new(StringComparer.Ordinal)
    {
        ["delete_add"] = StateEditKind.DeleteAdditiveWrite,
        ["delete_full"] = StateEditKind.DeleteFullWrite,
        ["replace"] = StateEditKind.ReplaceAdditiveWrite,
        ["replace_full"] = StateEditKind.ReplaceFullWrite,
        ["add"] = StateEditKind.Add,
    };

    private static readonly Dictionary<string, StateEditTime> Times = new(StringComparer.Ordinal)
    {
        ["post"] = StateEditTime.AfterRead,
        ["inline"] = StateEditTime.BeforeRead,
    };

    private readonly string _path;
    private readonly Device _device;
    private readonly Dictionary<string, Matrix> _factors = new(StringComparer.Ordinal);
    private readonly List<StateEdit> _edits = [];
    private readonly List<RequestedStates> _states = [];

    private StateEditFile(string path, Device device)
    {
        _path = path;
        _device = device;
    }

    /// <summary>The edits, in the order of the file.</summary>
    public IReadOnlyList<StateEdit> Edits => _edits;

    /// <summary>The states to capture.</summary>
    public IReadOnlyList<RequestedStates> States => _states;

    /// <summary>Reads a file and the tensors that it names.</summary>
    /// <exception cref="InputException">Something in it is missing, unknown or of the wrong kind; the message names it.</exception>
    public static StateEditFile Read(string path, Device device)
    {
        StateEditFile result = new(path, device);
        try
        {
            using JsonDocument document = JsonFile.Read(path);
            result.Read(document.RootElement);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Matrix factor in _factors.Values) factor.Dispose();
    }

    private void Read(JsonElement root)
    {
        RequireKeys(root, "the file", "tensors", "edits", "states");
        using SafetensorsFile? tensors = root.TryGetProperty("tensors", out JsonElement name) ? SafetensorsFile.Open(Beside(Text(name, "tensors"))) : null;
        foreach (JsonElement edit in List(root, "edits")) ReadEdit(edit, tensors);
        foreach (JsonElement state in List(root, "states"))
        {
            RequireKeys(state, "an entry of 'states'", "layer", "position", "positions", "head");
            _states.Add(new RequestedStates(Integer(state, "layer"), Positions(state), state.TryGetProperty("head", out _) ? Integer(state, "head") : null));
        }

        if (_edits.Count + _states.Count == 0) throw new InputException($"{_path} has neither 'edits' nor 'states'.");
    }

    private void ReadEdit(JsonElement edit, SafetensorsFile? tensors)
    {
        RequireKeys(edit, "an entry of 'edits'", "layer", "head", "position", "positions", "sequence", "kind", "time", "keys", "values", "scale");
        foreach (int position in Positions(edit))
        {
            StateEdit read = new()
            {
                Layer = Integer(edit, "layer"),
                Head = Integer(edit, "head"),
                Position = position,
                Sequence = edit.TryGetProperty("sequence", out _) ? Integer(edit, "sequence") : null,
                Kind = Choice(edit, "kind", null, Kinds),
                Time = Choice(edit, "time", "post", Times),
                Scale = edit.TryGetProperty("scale", out JsonElement scale) ? Number(scale) : 1f,
            };
            if (!read.Adds && (edit.TryGetProperty("keys", out _) || edit.TryGetProperty("values", out _)))
                throw new InputException($"An edit of {_path} has 'keys' or 'values', but its kind only deletes.");
            _edits.Add(read.Adds ? read with { Keys = Factor(edit, "keys", tensors), Values = Factor(edit, "values", tensors) } : read);
        }
    }

    private MatrixView Factor(JsonElement edit, string key, SafetensorsFile? tensors)
    {
        if (!edit.TryGetProperty(key, out JsonElement element)) throw new InputException($"An edit of {_path} adds a matrix but has no '{key}'.");
        if (tensors is null) throw new InputException($"{_path} has edits with '{key}' but no 'tensors' that hold them.");
        string name = Text(element, key);
        if (_factors.TryGetValue(name, out Matrix? known)) return known;
        TensorInfo info = tensors.Info(name);
        if (info.Shape.Count is not (1 or 2) || info.Count is 0 or > int.MaxValue || !info.Type.IsFloat())
            throw new InputException($"Tensor '{name}' in {tensors.Path} is {info.Type.HeaderName()} {info.ShapeText}; expected numbers of shape [width] or [rank, width].");
        Matrix factor = _device.Allocate(info.Shape.Count == 2 ? (int)info.Shape[0] : 1, (int)info.Shape[^1]);
        _factors.Add(name, factor);
        tensors.ReadFloat32(name, factor.View);
        return _device.AllFinite(factor) ? factor : throw new InputException($"Tensor '{name}' in {tensors.Path} holds values that are not finite numbers.");
    }

    /// <summary>The path of a file in the same folder; names that lead out of it are refused.</summary>
    private string Beside(string name)
    {
        if (name.Length == 0 || name != Path.GetFileName(name) || name is "." or "..") throw new InputException($"'tensors' in {_path} is '{name}'; expected the name of a file in the same folder.");
        return Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_path))!, name);
    }

    private int[] Positions(JsonElement entry)
    {
        bool hasOne = entry.TryGetProperty("position", out _), hasMany = entry.TryGetProperty("positions", out JsonElement many);
        if (hasOne == hasMany) throw new InputException($"An entry of {_path} needs either 'position' or 'positions'.");
        if (hasOne) return [Integer(entry, "position")];
        bool valid = many.ValueKind == JsonValueKind.Array && many.GetArrayLength() is > 0 and <= MostPositions;
        int[] positions = valid ? [.. many.EnumerateArray().Select(item => Integer(item, "positions"))] : throw Wrong("positions", many, "a list of positions");
        return positions.Distinct().Count() == positions.Length ? positions : throw new InputException($"'positions' in {_path} names a position twice.");
    }

    private JsonElement.ArrayEnumerator List(JsonElement root, string key)
    {
        if (!root.TryGetProperty(key, out JsonElement list)) return default;
        return list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : throw Wrong(key, list, "a list");
    }

    private void RequireKeys(JsonElement element, string what, params string[] known)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Wrong(what, element, "an object");
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name)) throw new InputException($"{_path} has an unknown key '{property.Name}'; {what} has {string.Join(", ", known)}.");
        }
    }

    private int Integer(JsonElement entry, string key) =>
        (entry.ValueKind == JsonValueKind.Object && !entry.TryGetProperty(key, out entry)) ? throw new InputException($"An entry of {_path} has no '{key}'.")
        : entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out int value) && value >= 0 ? value
        : throw Wrong(key, entry, "a whole number from 0");

    private float Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && float.IsFinite(element.GetSingle()) ? element.GetSingle() : throw Wrong("scale", element, "a number");

    private string Text(JsonElement element, string key) => element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Wrong(key, element, "a text");

    private T Choice<T>(JsonElement entry, string key, string? fallback, Dictionary<string, T> choices)
    {
        string? text = entry.TryGetProperty(key, out JsonElement element) ? Text(element, key) : fallback;
        if (text is not null && choices.TryGetValue(text, out T? value)) return value;
        throw new InputException($"'{key}' in {_path} is {(text is null ? "missing" : $"'{text}'")}; expected one of {string.Join(", ", choices.Keys)}.");
    }

    private InputException Wrong(string key, JsonElement found, string expected)
    {
        string text = found.GetRawText().ReplaceLineEndings(" ");
        return new InputException($"'{key}' in {_path} is {(text.Length > 60 ? text[..57] + "..." : text)}; expected {expected}.");
    }
}
