namespace SaeSharp.Models.Tests.Tokenizers;

/// <summary>A test that runs where somebody has a published vocabulary, and says which variable to set where not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PublishedVocabularyFactAttribute : FactAttribute
{
    public PublishedVocabularyFactAttribute(string variable, string? goldFile = null)
    {
        Variable = variable;
        GoldFile = goldFile;
        if (PublishedVocabulary.Find(variable, goldFile) is null) Skip = $"{variable} does not name the published file.";
    }

    public string Variable { get; }

    public string? GoldFile { get; }
}
