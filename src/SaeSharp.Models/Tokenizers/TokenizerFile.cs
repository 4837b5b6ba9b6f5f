using SaeSharp.Models.Tokenizers.Json;
using SaeSharp.Models.Tokenizers.RwkvWorld;

namespace SaeSharp.Models.Tokenizers;

/// <summary>Reads a model's tokenizer, of whatever kind.</summary>
/// <remarks>
/// <c>tokenizer.json</c>: byte-level byte-pair encoding (GPT-2, GPT-NeoX, Mamba, Qwen) and byte-pair encoding with byte fallback (Gemma).
/// <c>rwkv_vocab_*.txt</c>: the RWKV World vocabulary. A folder that has both is read by its <c>tokenizer.json</c>.
/// </remarks>
public static class TokenizerFile
{
    /// <summary>The usual name of the file in a model's folder.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>What RWKV's vocabularies are called.</summary>
    public const string RwkvPattern = "rwkv_vocab*.txt";

    /// <summary>Reads the tokenizer of a model's folder.</summary>
    /// <exception cref="InputException">There is none, or it is damaged or of an unsupported kind.</exception>
    public static ITokenizer LoadFolder(string folder) =>
        Load(Find(folder) ?? throw new InputException($"{folder} has no tokenizer: expected {FileName} or {RwkvPattern}."));

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">A <c>tokenizer.json</c>, or an RWKV vocabulary, which ends in <c>.txt</c>.</param>
    /// <exception cref="InputException">The file is missing, damaged or of an unsupported kind.</exception>
    public static ITokenizer Load(string path) =>
        path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? RwkvVocabularyFile.Load(path) : TokenizerJsonReader.Load(path);

    /// <summary>The tokenizer file of a model's folder; null if there is none.</summary>
    public static string? Find(string folder)
    {
        string json = Path.Combine(folder, FileName);
        if (File.Exists(json)) return json;
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, RwkvPattern).Order(StringComparer.Ordinal).LastOrDefault() : null;
    }
}
