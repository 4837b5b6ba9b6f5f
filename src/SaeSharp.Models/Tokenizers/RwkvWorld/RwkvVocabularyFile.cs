using System.Globalization;
using SaeSharp.Models.Files;

namespace SaeSharp.Models.Tokenizers.RwkvWorld;

/// <summary>Reads the RWKV World vocabulary: a line a token, its id, a Python literal, its length in bytes.</summary>
internal static class RwkvVocabularyFile
{
    private const long LargestFile = 64L << 20;
    private const int LargestId = 1 << 24;

    public static RwkvWorldTokenizer Load(string path)
    {
        Dictionary<int, byte[]> bytesOf = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in ReadLines(path))
        {
            number++;
            if (line.Length == 0) continue;
            (int id, byte[] bytes) = Parse(path, number, line);
            if (!bytesOf.TryAdd(id, bytes)) throw new InputException($"{path}: line {number} gives the id {id} a second time.");
            if (!seen.Add(Convert.ToHexString(bytes))) throw new InputException($"{path}: line {number} has a token that another line has too.");
        }

        for (int value = 0; value < 256; value++)
        {
            if (!seen.Contains(value.ToString("X2", CultureInfo.InvariantCulture))) throw new InputException($"{path} is not a World vocabulary: it has no token for the byte {value:X2}.");
        }

        return new RwkvWorldTokenizer(bytesOf);
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > LargestFile) throw new InputException($"{path} has {file.Length} bytes; a vocabulary has at most {LargestFile}.");
            using StreamReader reader = new(file);

            // Only at line feeds: a literal may hold other characters that end a line for .NET.
            return reader.ReadToEnd().Split('\n');
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotRead(path, exception);
        }
    }

    private static (int Id, byte[] Bytes) Parse(string path, int number, string line)
    {
        ReadOnlySpan<char> text = line.AsSpan().TrimEnd('\r');
        int first = text.IndexOf(' ');
        int last = text.LastIndexOf(' ');
        if (first <= 0 || last <= first
            || !int.TryParse(text[..first], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            || !int.TryParse(text[(last + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            throw new InputException($"{path}: line {number} is not an id, a token and its length.");
        }

        if (id is 0 or > LargestId) throw new InputException($"{path}: line {number} has the id {id}; expected 1 to {LargestId}.");
        if (!PythonLiteral.TryRead(text[(first + 1)..last], out byte[] bytes)) throw new InputException($"{path}: the token of line {number} is not a Python text or bytes literal.");
        if (bytes.Length != length || length == 0) throw new InputException($"{path}: the token of line {number} has {bytes.Length} bytes, but the line says {length}.");
        return (id, bytes);
    }
}
