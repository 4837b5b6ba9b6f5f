using System.Text.Json;
using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;

namespace SaeSharp.Formats;

/// <summary>Reads <c>cfg.json</c> of SAELens, of the published PolySAE code, and ours.</summary>
internal static class ConfigReader
{
    public const string FileName = "cfg.json";

    private const string ScalerName = "activation_scaler.json";
    private const int LargestWidth = 1 << 24;
    private const int MostLatents = 1 << 28;

    /// <summary>Keys that only training checkpoints have.</summary>
    private static readonly string[] TrainingKeys = ["decoder_init_norm", "aux_loss_coefficient", "l1_coefficient", "l0_coefficient", "topk_threshold_lr", "jumprelu_bandwidth"];

    public static StoredDictionary Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using JsonDocument document = JsonFile.Read(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InputException($"{path} is not a JSON object.");
        try
        {
            return Read(folder, path, new JsonFields(path, document.RootElement));
        }
        catch (InvalidOperationException exception)
        {
            throw new InputException($"{path} holds text that is not Unicode: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static StoredDictionary Read(string folder, string path, JsonFields config)
    {
        string architecture = FindArchitecture(config);
        bool training = TrainingKeys.Any(config.Has) || Architectures.IsOnlyTrained(architecture);
        if (!Architectures.TryFindLayout(architecture, training, out DictionaryLayout layout))
            throw new InputException($"'architecture' in {path} is '{architecture}'; expected one of {Architectures.Known}.");
        int width = Size(config, "d_in", LargestWidth);
        int latents = Size(config, "d_sae", MostLatents);
        JsonFields? metadata = config.Object("metadata");
        SaeSharpRecord? record = ReadRecord(metadata);
        string name = FolderName(folder);
        DictionarySpec spec = record == null ? SpecReader.Read(config, architecture, layout, width, latents, name) : Recorded(config, record, architecture, layout, latents, name);
        try
        {
            spec.Validate(width);
        }
        catch (InputException exception)
        {
            throw new InputException($"{path} describes no possible dictionary: {exception.Message}", exception);
        }

        return new StoredDictionary
        {
            Path = path,
            Layout = layout,
            Architecture = architecture,
            Width = width,
            Spec = spec,
            Record = record,
            Provenance = ProvenanceJson.Read(metadata ?? config, whole: metadata != null),
            InputScale = ReadInputScale(config, folder),
        };
    }

    private static string FindArchitecture(JsonFields config)
    {
        string architecture = config.Text("architecture") ?? "standard";
        // SAELens before version 6 called a TopK dictionary "standard" and named its activation apart.
        string? activation = config.Text("activation_fn_str") ?? config.Text("activation_fn");
        if (architecture == "standard" && activation == "topk") return "topk";
        return architecture == "matryoshka" ? "matryoshka_batchtopk" : architecture;
    }

    private static int Size(JsonFields config, string key, int largest)
    {
        int size = config.Whole(key) ?? throw new InputException($"{config.Path} has no '{key}'.");
        return size >= 1 && size <= largest ? size : throw new InputException($"'{key}' in {config.Path} is {size}; expected 1 to {largest}.");
    }

    private static SaeSharpRecord? ReadRecord(JsonFields? metadata)
    {
        if (metadata?.Object("saesharp") is not { } fields) return null;
        try
        {
            return fields.Element.Deserialize<SaeSharpRecord>(SpecJson.Options);
        }
        catch (JsonException exception)
        {
            throw new InputException($"'metadata.saesharp' in {fields.Path} cannot be read: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static DictionarySpec Recorded(JsonFields config, SaeSharpRecord record, string architecture, DictionaryLayout layout, int latents, string name)
    {
        DictionarySpec spec = record.Spec;
        if (spec.Latents != latents)
            throw new InputException($"'d_sae' in {config.Path} is {latents}, but its metadata.saesharp describes {spec.Latents} latents.");
        string expected = Architectures.Of(spec, layout);
        if (expected != architecture)
            throw new InputException($"'architecture' in {config.Path} is '{architecture}', but its metadata.saesharp describes a '{expected}'.");
        if (!double.IsFinite(record.Threshold)) throw new InputException($"The threshold in metadata.saesharp of {config.Path} is not finite.");
        return spec.Name.Length > 0 ? spec : spec with { Name = name };
    }

    private static string FolderName(string folder)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return name.Length > 0 ? name : "dictionary";
    }

    private static double ReadInputScale(JsonFields config, string folder)
    {
        string normalization = config.Text("normalize_activations") ?? "none";
        if (normalization == "none") return 1;
        if (normalization != "expected_average_only_in")
            throw new InputException($"'normalize_activations' in {config.Path} is '{normalization}'; expected none, or expected_average_only_in with its factor in {ScalerName}.");
        string path = Path.Combine(folder, ScalerName);
        if (!File.Exists(path)) throw new InputException($"{config.Path} says that inputs are scaled, but there is no {ScalerName} with the factor beside it.");
        using JsonDocument document = JsonFile.Read(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InputException($"{path} is not a JSON object.");
        double? scale = new JsonFields(path, document.RootElement).Number("scaling_factor");
        return scale is > 0 ? scale.Value : throw new InputException($"'scaling_factor' in {path} is missing or not positive.");
    }
}
