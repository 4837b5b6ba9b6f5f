using System.Text.Json;
using SaeSharp.Models.Files;

namespace SaeSharp.Activations.Shards;

/// <summary>What a folder of captured activations holds: its <c>index.json</c>.</summary>
/// <remarks>Written last, so that a folder with an index is complete.</remarks>
public sealed record ActivationIndex
{
    /// <summary>Name of the index in its folder.</summary>
    public const string FileName = "index.json";

    /// <summary>Name of the tensor [vectors, width] in each shard.</summary>
    public const string TensorName = "activations";

    private const string FormatName = "saesharp-activations";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Always <c>saesharp-activations</c>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The host model.</summary>
    public string? Model { get; init; }

    /// <summary>The hook point.</summary>
    public string? Hook { get; init; }

    /// <summary>The corpus.</summary>
    public string? Corpus { get; init; }

    /// <summary>Tokens a context.</summary>
    public int Context { get; init; }

    /// <summary>Width D of a vector.</summary>
    public int Width { get; init; }

    /// <summary>Type that the vectors are stored as, e.g. <c>BF16</c>.</summary>
    public string Type { get; init; } = "F32";

    /// <summary>Number of vectors.</summary>
    public long Vectors { get; init; }

    /// <summary>Left out because they stood at special tokens.</summary>
    public long SpecialTokens { get; init; }

    /// <summary>Left out because of their norm.</summary>
    public long NormOutliers { get; init; }

    /// <summary>Mean norm of the first vectors.</summary>
    public double MeanNorm { get; init; }

    /// <summary>Median norm of the first vectors, outliers included.</summary>
    public double MedianNorm { get; init; }

    /// <summary>The files, in order.</summary>
    public IReadOnlyList<ActivationShard> Shards { get; init; } = [];

    /// <summary>Reads and checks the index of a folder.</summary>
    /// <exception cref="InputException">There is none, or it makes no sense.</exception>
    public static ActivationIndex Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InputException($"{folder} is no folder of captured activations: it has no {FileName}.");
        using JsonDocument document = JsonFile.Read(path);
        ActivationIndex index;
        try
        {
            index = document.Deserialize<ActivationIndex>(Options) ?? throw new InputException($"{path} is empty.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InputException($"{path} is no index of captured activations: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }

        index.Check(path);
        return index;
    }

    internal void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Options) + "\n");

    private void Check(string path)
    {
        if (Format != FormatName || Version != 1) throw new InputException($"{path} has format '{Format}' version {Version}; expected '{FormatName}' version 1.");
        if (Width is < 1 or > 1 << 24) throw new InputException($"{path} has width {Width}; expected 1 to {1 << 24}.");
        long sum = 0;
        foreach (ActivationShard? shard in Shards)
        {
            if (shard?.File == null || shard.File != Path.GetFileName(shard.File) || shard.File is "" or "." or ".." || shard.File.Contains('\\', StringComparison.Ordinal))
                throw new InputException($"{path} names the shard '{shard?.File}'; expected a plain file name.");
            if (shard.Vectors < 0 || shard.Vectors > Vectors - sum) throw new InputException($"{path} says {Vectors} vectors, but its shards up to '{shard.File}' claim another number.");
            sum += shard.Vectors;
        }

        if (sum != Vectors) throw new InputException($"{path} says {Vectors} vectors; its shards have {sum}.");
    }
}
