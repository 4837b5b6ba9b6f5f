using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeSharp.Formats;

/// <summary>Reads and writes <see cref="Provenance"/> in SAELens' words.</summary>
internal static class ProvenanceJson
{
    private const string RecordKey = "saesharp";

    private static readonly string[] OwnKeys = ["model_name", "hook_name", "context_size", "prepend_bos", "dataset_path", "training_tokens", "seed", RecordKey];

    /// <summary>Reads metadata.</summary>
    /// <param name="metadata">The <c>metadata</c> object, or the whole configuration of an old file that has none.</param>
    /// <param name="whole">Whether every other key belongs to the metadata as well.</param>
    public static Provenance Read(JsonFields metadata, bool whole)
    {
        Dictionary<string, JsonNode?> other = [];
        foreach (JsonProperty property in metadata.Element.EnumerateObject())
        {
            if (whole && !OwnKeys.Contains(property.Name)) other[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        }

        return new Provenance
        {
            Model = metadata.Text("model_name"),
            Hook = metadata.Text("hook_name"),
            Context = metadata.Whole("context_size"),
            PrependBos = metadata.Flag("prepend_bos"),
            Dataset = metadata.Text("dataset_path"),
            TrainingTokens = (long?)metadata.Number("training_tokens"),
            Seed = metadata.Number("seed") is { } seed and >= 0 ? (ulong)seed : null,
            Other = other,
        };
    }

    public static JsonObject Write(Provenance provenance, SaeSharpRecord record)
    {
        JsonObject metadata = [];
        foreach ((string key, JsonNode? value) in provenance.Other) metadata[key] = value?.DeepClone();
        metadata["model_name"] = provenance.Model;
        metadata["hook_name"] = provenance.Hook;
        metadata.TryAdd("hook_head_index", null);
        metadata["context_size"] = provenance.Context;
        metadata["prepend_bos"] = provenance.PrependBos;
        metadata.TryAdd("seqpos_slice", new JsonArray([null]));
        metadata.TryAdd("model_from_pretrained_kwargs", new JsonObject());
        metadata["dataset_path"] = provenance.Dataset;
        if (provenance.TrainingTokens is { } tokens) metadata["training_tokens"] = tokens;
        if (provenance.Seed is { } seed) metadata["seed"] = seed;
        metadata[RecordKey] = JsonSerializer.SerializeToNode(record, SpecJson.Options);
        return metadata;
    }
}
