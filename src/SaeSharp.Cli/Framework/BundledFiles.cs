namespace SaeSharp.Cli.Framework;

/// <summary>Finds the models, the corpus and the recipes that come with the tool, from wherever it is started.</summary>
internal static class BundledFiles
{
    /// <summary>A path as it was given if something is there; otherwise the bundled file of that name; otherwise the path as it was given.</summary>
    internal static string Locate(string path)
    {
        if (Path.IsPathRooted(path) || Exists(path)) return path;
        return Find(path) ?? path;
    }

    /// <summary>How a path is written down for later: a bundled file by its bundled name, any other in full.</summary>
    internal static string Record(string path)
    {
        if (Path.IsPathRooted(path)) return path;
        bool bundled = Find(path) is { } found && (!Exists(path) || Path.GetFullPath(path) == found);
        return bundled ? path.Replace('\\', '/') : Path.GetFullPath(path);
    }

    /// <summary>A bundled file or folder, e.g. <c>assets/corpus/valid.txt.gz</c>; null if it is not there.</summary>
    internal static string? Find(string path)
    {
        foreach (string start in (string[])[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, path);
                if (IsBundleRoot(folder) && Exists(candidate)) return candidate;
            }
        }

        return null;
    }

    private static bool IsBundleRoot(DirectoryInfo folder) => Directory.Exists(Path.Combine(folder.FullName, "assets", "models"));

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);
}
