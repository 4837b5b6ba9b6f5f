using System.Text;
using System.Text.Json;
using SaeSharp.Models.Files;

namespace SaeSharp.Evaluation.Probing;

/// <summary>Labelled texts to fit probes on and to test them with.</summary>
/// <param name="Name">What the set is called.</param>
/// <param name="Train">Texts that probes are fitted on, latents selected on, and Wasserstein distances measured on.</param>
/// <param name="Test">Texts that scores come from; its classes are those of <paramref name="Train"/>.</param>
public sealed record ProbeSet(string Name, ProbeTexts Train, ProbeTexts Test)
{
    /// <summary>Longest file that is read.</summary>
    private const long LargestFile = 1L << 30;

    /// <summary>Reads <c>NAME.train.jsonl</c> and <c>NAME.test.jsonl</c>, one <c>{"text": …, "label": …}</c> a line.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The set.</param>
    /// <exception cref="InputException">A file is missing, malformed, without labels, or of one class only; or the test set has a class that training lacks.</exception>
    public static ProbeSet Read(string folder, string name) => Read(name, Path.Combine(folder, name + ".train.jsonl"), Path.Combine(folder, name + ".test.jsonl"));

    /// <summary>Reads a set from two files.</summary>
    /// <inheritdoc cref="Read(string, string)"/>
    public static ProbeSet Read(string name, string trainPath, string testPath)
    {
        List<(string Text, string Label)> train = ReadLines(trainPath), test = ReadLines(testPath);
        string[] classes = [.. train.Select(item => item.Label).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length < 2) throw new InputException($"{trainPath} has texts of one class only ('{classes[0]}'); expected two classes or more.");
        Dictionary<string, int> places = classes.Select((label, place) => (label, place)).ToDictionary(item => item.label, item => item.place, StringComparer.Ordinal);
        foreach ((_, string label) in test)
            if (!places.ContainsKey(label)) throw new InputException($"{testPath} has the label '{label}', which {trainPath} has not; expected the same classes in both.");
        ProbeTexts Build(string path, List<(string Text, string Label)> items) =>
            new(path, classes, [.. items.Select(item => item.Text)], [.. items.Select(item => places[item.Label])]);
        return new ProbeSet(name, Build(trainPath, train), Build(testPath, test));
    }

    /// <summary>Names of the sets in a folder: those with a train and a test file, in ordinal order.</summary>
    /// <exception cref="InputException">There is no such folder, or it holds no set.</exception>
    public static IReadOnlyList<string> NamesIn(string folder)
    {
        const string Suffix = ".train.jsonl";
        if (!Directory.Exists(folder)) throw new InputException($"There is no folder {folder}; expected one with NAME.train.jsonl and NAME.test.jsonl.");
        string[] names =
        [
            .. Directory.EnumerateFiles(folder, "*" + Suffix)
                .Select(path => Path.GetFileName(path)[..^Suffix.Length])
                .Where(name => File.Exists(Path.Combine(folder, name + ".test.jsonl")))
                .Order(StringComparer.Ordinal),
        ];
        return names.Length > 0 ? names : throw new InputException($"{folder} holds no probe set; expected NAME.train.jsonl and NAME.test.jsonl.");
    }

    private static List<(string Text, string Label)> ReadLines(string path)
    {
        List<(string, string)> items = [];
        try
        {
            long length = new FileInfo(path).Length;
            if (length > LargestFile) throw new InputException($"{path} has {length} bytes; at most {LargestFile} are read as a probe set.");
            using StreamReader reader = new(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
            for (int number = 1; reader.ReadLine() is { } line; number++)
                if (!string.IsNullOrWhiteSpace(line)) items.Add(Parse(line, path, number));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException($"{path} is not valid UTF-8.", exception);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotRead(path, exception);
        }

        return items.Count > 0 ? items : throw new InputException($"{path} holds no texts; expected {{\"text\": …, \"label\": …}} on each line.");
    }

    private static (string Text, string Label) Parse(string line, string path, int number)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw Malformed(path, number, "is not a JSON object");
            if (!root.TryGetProperty("text", out JsonElement text) || text.ValueKind != JsonValueKind.String) throw Malformed(path, number, "has no string under 'text'");
            if (!root.TryGetProperty("label", out JsonElement label)) throw Malformed(path, number, "has no 'label'");
            return label.ValueKind switch
            {
                JsonValueKind.String => (text.GetString()!, label.GetString()!),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => (text.GetString()!, label.GetRawText()),
                _ => throw Malformed(path, number, "has a 'label' that is neither a string nor a number"),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InputException($"Line {number} of {path} is not valid JSON: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static InputException Malformed(string path, int number, string what) =>
        new($"Line {number} of {path} {what}; expected {{\"text\": …, \"label\": …}} on each line.");
}
