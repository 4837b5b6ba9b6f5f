using System.Text;
using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Recipes.Binding;

namespace SaeSharp.Recipes;

/// <summary>Reads and writes recipes as YAML.</summary>
/// <remarks>Keys are the properties of the records in snake_case; unknown keys are refused. Whole numbers may have gaps (<c>2_000_000</c>) and exponents (<c>2e6</c>).</remarks>
public static class RecipeFile
{
    private const long LargestSize = 1 << 20;

    /// <summary>Reads a recipe.</summary>
    /// <exception cref="InputException">The file is missing or too large, is not YAML, or holds a key or value that is not understood.</exception>
    public static Recipe Read(string path) => RecipeDraft.Read(path).Build();

    /// <summary>Reads a recipe from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What to call it in messages.</param>
    public static Recipe Parse(string yaml, string source) => RecipeDraft.Parse(yaml, source).Build();

    /// <summary>Writes a recipe with every key that has a value, defaults too. Whole or not at all.</summary>
    public static void Write(string path, Recipe recipe) => AtomicFile.WriteText(path, ToYaml(recipe));

    /// <summary>A recipe as YAML text, with every key that has a value; <see cref="Parse"/> gives the same recipe back.</summary>
    public static string ToYaml(Recipe recipe) => YamlWriter.Write(RecordBinder.ToNode(recipe));

    /// <summary>What a dictionary's description says beyond the defaults, as YAML.</summary>
    public static string ToShortYaml(DictionarySpec spec) => YamlWriter.Write(RecordBinder.Differences(RecordBinder.ToNode(spec), RecordBinder.ToNode(new DictionarySpec())));

    internal static string ReadText(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > LargestSize) throw new InputException($"{path} has {length} bytes; a recipe has at most {LargestSize}.");
            return File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException($"{path} is not a recipe: it is not UTF-8 text.", exception);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotRead(path, exception);
        }
    }
}
