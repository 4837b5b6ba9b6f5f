using System.Text.Json;

namespace SaeSharp.Models.Files;

/// <summary>Reads and checks the JSON header of a safetensors file; believes nothing of it.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit.</summary>
    public const long LargestHeader = 100_000_000;

    private const int MostDimensions = 32;

    /// <summary>Parses a header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="dataStart">Where the tensors' bytes begin in the file.</param>
    /// <param name="dataLength">How many bytes of tensors the file has.</param>
    /// <param name="metadata">Filled with the file's notes.</param>
    public static Dictionary<string, TensorInfo> Parse(
        string path, ReadOnlyMemory<byte> json, long dataStart, long dataLength, Dictionary<string, string> metadata)
    {
        Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Damaged(path, "its header is not a JSON object");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__")) ReadMetadata(path, property.Value, metadata);
                else tensors.Add(property.Name, ReadTensor(path, property, dataStart, dataLength));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-16, found when it is first looked at.
            throw new InputException($"{path} is not a safetensors file: its header is not valid JSON ({exception.Message.ReplaceLineEndings(" ")})", exception);
        }

        RefuseOverlaps(path, tensors);
        return tensors;
    }

    /// <summary>A sentence on what is wrong with a file.</summary>
    public static InputException Damaged(string path, string what) => new($"{path} is not a readable safetensors file: {what}.");

    private static TensorInfo ReadTensor(string path, JsonProperty property, long dataStart, long dataLength)
    {
        string name = property.Name;
        InputException Wrong(string what) => Damaged(path, $"tensor '{Shorten(name)}' {what}");

        JsonElement entry = property.Value;
        if (entry.ValueKind != JsonValueKind.Object) throw Wrong("is not described by an object");
        if (!entry.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String) throw Wrong("has no dtype");
        if (!TensorTypes.TryParse(dtype.GetString(), out TensorType type)) throw Wrong($"has the unknown dtype '{Shorten(dtype.GetString()!)}'");
        if (!entry.TryGetProperty("shape", out JsonElement shapeElement) || shapeElement.ValueKind != JsonValueKind.Array) throw Wrong("has no shape");
        if (shapeElement.GetArrayLength() > MostDimensions) throw Wrong($"has {shapeElement.GetArrayLength()} dimensions; at most {MostDimensions} are allowed");

        long[] shape = new long[shapeElement.GetArrayLength()];
        for (int i = 0; i < shape.Length; i++)
        {
            if (!TryGetLength(shapeElement[i], out shape[i])) throw Wrong("has a dimension that is not a whole number of 0 or more");
        }

        if (!TryGetOffsets(entry, out long begin, out long end)) throw Wrong("has no valid data_offsets");
        if (begin > end || end > dataLength)
        {
            throw Wrong($"lies at bytes {begin} to {end} of {dataLength} bytes of data (truncated file?)");
        }

        // No product may exceed the bytes that are there, so nothing can overflow: check before each multiplication.
        long bytes = end - begin;
        long count = 1;
        bool empty = shape.Contains(0);
        foreach (long size in shape)
        {
            if (empty) break;
            if (size > bytes / count) throw Wrong($"has shape {TensorInfo.FormatShape(shape)} but only {bytes} bytes");
            count *= size;
        }

        if (empty) count = 0;
        if (count > long.MaxValue / 8 || count * type.Size() != bytes)
        {
            throw Wrong($"has shape {TensorInfo.FormatShape(shape)} of {type.HeaderName()} but {bytes} bytes");
        }

        return new TensorInfo(name, type, shape, count, dataStart + begin);
    }

    private static bool TryGetLength(JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value) && value >= 0;
    }

    private static bool TryGetOffsets(JsonElement entry, out long begin, out long end)
    {
        begin = end = 0;
        return entry.TryGetProperty("data_offsets", out JsonElement offsets)
            && offsets.ValueKind == JsonValueKind.Array
            && offsets.GetArrayLength() == 2
            && TryGetLength(offsets[0], out begin)
            && TryGetLength(offsets[1], out end);
    }

    private static void ReadMetadata(string path, JsonElement element, Dictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Damaged(path, "its __metadata__ is not an object");
        foreach (JsonProperty entry in element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String) throw Damaged(path, $"'{Shorten(entry.Name)}' in its __metadata__ is not a string");
            metadata.Add(entry.Name, entry.Value.GetString()!);
        }
    }

    /// <summary>Two tensors that share bytes are refused; unused bytes between tensors (some writers align them) are nobody's harm.</summary>
    private static void RefuseOverlaps(string path, Dictionary<string, TensorInfo> tensors)
    {
        TensorInfo[] ordered = [.. tensors.Values.Where(tensor => tensor.Count > 0).OrderBy(tensor => tensor.Offset)];
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Offset >= ordered[i - 1].Offset + ordered[i - 1].ByteLength) continue;
            throw Damaged(path, $"tensors '{Shorten(ordered[i - 1].Name)}' and '{Shorten(ordered[i].Name)}' overlap");
        }
    }

    private static string Shorten(string text) => text.Length <= 120 ? text : text[..117] + "...";
}
