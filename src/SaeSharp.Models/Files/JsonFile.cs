using System.Text.Json;

namespace SaeSharp.Models.Files;

/// <summary>Reads JSON files that somebody gave us.</summary>
public static class JsonFile
{
    /// <summary>The largest file that is read unless told otherwise; configurations have a few KB.</summary>
    public const long DefaultLargestSize = 64L << 20;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Reads and parses a file; no key may occur twice in an object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largestSize">Most bytes.</param>
    /// <param name="quoteInfinities">Whether a bare <c>Infinity</c>, which Python writes but JSON does not have, is read as the text "Infinity".</param>
    /// <exception cref="InputException">It is missing, unreadable, too large, or not JSON.</exception>
    public static JsonDocument Read(string path, long largestSize = DefaultLargestSize, bool quoteInfinities = false)
    {
        try
        {
            using FileStream file = File.OpenRead(path); // its length is that of the file, not of a link to it
            if (file.Length > largestSize) throw new InputException($"{path} has {file.Length} bytes; at most {largestSize} are read as JSON.");
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return JsonDocument.Parse(quoteInfinities ? QuoteInfinities(bytes) : bytes, Options);
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

    /// <summary>Puts quotation marks around infinities that stand outside of texts.</summary>
    private static ReadOnlyMemory<byte> QuoteInfinities(byte[] json)
    {
        ReadOnlySpan<byte> word = "Infinity"u8, negative = "-Infinity"u8;
        if (json.AsSpan().IndexOf(word) < 0) return json;
        List<byte> result = new(json.Length + 16);
        bool isInText = false;
        for (int i = 0; i < json.Length; i++)
        {
            if (!isInText)
            {
                int length = json.AsSpan(i).StartsWith(word) ? word.Length : json.AsSpan(i).StartsWith(negative) ? negative.Length : 0;
                if (length > 0)
                {
                    result.AddRange([(byte)'"', .. json.AsSpan(i, length), (byte)'"']);
                    i += length - 1;
                    continue;
                }
            }

            if (json[i] == '"') isInText = !isInText;
            result.Add(json[i]);
            if (isInText && json[i] == '\\' && i + 1 < json.Length) result.Add(json[++i]);
        }

        return result.ToArray();
    }
}
