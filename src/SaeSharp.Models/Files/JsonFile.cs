using System.Text.Json;

namespace SaeSharp.Models.Files;

/// <summary>Reads JSON files that somebody gave us.</summary>
public static class JsonFile
{
    /// <summary>The largest file that is read unless told otherwise; configurations have a few KB.</summary>
    public const long DefaultLargestSize = 64L << 20;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Reads and parses a file; no key may occur twice in an object.</summary>
    /// <exception cref="InputException">It is missing, unreadable, too large, or not JSON.</exception>
    public static JsonDocument Read(string path, long largestSize = DefaultLargestSize)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > largestSize) throw new InputException($"{path} has {length} bytes; at most {largestSize} are read as JSON.");
            return JsonDocument.Parse(File.ReadAllBytes(path), Options);
        }
        catch (JsonException exception)
        {
            throw new InputException($"{path} is not valid JSON: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotRead(path, exception);
        }
    }
}
