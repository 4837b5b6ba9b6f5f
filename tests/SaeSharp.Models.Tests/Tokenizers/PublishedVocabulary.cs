namespace SaeSharp.Models.Tests.Tokenizers;

/// <summary>Published vocabularies, which are not ours to ship.</summary>
internal static class PublishedVocabulary
{
    /// <summary>A vocabulary that somebody has: the file that an environment variable names, or one of the project's gold files lying beside the checkout.</summary>
    public static string? Find(string variable, string? goldFile)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named) return named;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); goldFile is not null && folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "shared", "gold", "tokenizers", goldFile);
            if (File.Exists(file)) return file;
        }

        return null;
    }
}
