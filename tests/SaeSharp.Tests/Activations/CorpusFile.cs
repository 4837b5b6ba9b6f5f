using System.IO.Compression;
using System.Text;
using SaeSharp.Activations.Corpora;
using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Tests.Activations;

/// <summary>Corpora and tokens for tests.</summary>
internal static class CorpusFile
{
    public static ITokenizer Tokenizer { get; } = TokenizerFile.LoadFolder(Path.Combine(AppContext.BaseDirectory, "assets", "models", "gpt2-tiny"));

    public static string Write(string path, string content) => WriteBytes(path, Encoding.UTF8.GetBytes(content));

    public static string WriteBytes(string path, byte[] content)
    {
        using FileStream file = File.Create(path);
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
        {
            file.Write(content);
            return path;
        }

        using GZipStream zip = new(file, CompressionLevel.Fastest);
        zip.Write(content);
        return path;
    }

    public static List<CorpusPiece> ReadAll(Corpus corpus, CorpusPosition start = default)
    {
        using CorpusReader reader = corpus.Open(start);
        List<CorpusPiece> pieces = [];
        while (reader.Read() is { } piece) pieces.Add(piece);
        return pieces;
    }

    /// <summary>Documents of words; some are empty, some have several lines.</summary>
    public static string[] Documents(int count, int seed)
    {
        Random random = new(seed);
        string[] words = ["the", "of", "whale", "gravity", "naïve", "日本", "Ahab", "42", "electric", "\t", "house."];
        return [.. Enumerable.Range(0, count).Select(_ => string.Join("\n", Enumerable.Range(0, random.Next(1, 4)).Select(_ => string.Join(" ", Enumerable.Range(0, random.Next(1, 60)).Select(_ => words[random.Next(words.Length)])))))];
    }

    public static string Join(IEnumerable<string> documents) => string.Concat(documents.Select(document => document + "\n<|endoftext|>\n"));
}
