using SaeSharp.Models.Files;

namespace SaeSharp.Formats;

/// <summary>Fills a folder so that it is there whole or as it was.</summary>
internal static class DictionaryFolder
{
    /// <summary>Writes files aside and moves them in; a new folder appears in one step.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="write">Writes all files into the folder that it is given.</param>
    public static void Write(string folder, Action<string> write)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string? parent = Path.GetDirectoryName(target);
        if (parent == null || File.Exists(target)) throw new InputException($"{folder} is not a folder that a dictionary can be written to.");
        AtomicFile.CreateFolder(parent);
        string aside = Path.Combine(parent, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        AtomicFile.CreateFolder(aside);
        try
        {
            write(aside);
            if (Directory.Exists(target)) MoveFiles(aside, target);
            else Directory.Move(aside, target);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotWrite(folder, exception);
        }
        finally
        {
            if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
        }
    }

    /// <summary>The configuration goes first and comes back last, so that no moment pairs it with other weights.</summary>
    private static void MoveFiles(string from, string to)
    {
        File.Delete(Path.Combine(to, ConfigReader.FileName));
        foreach (string file in Directory.GetFiles(from).OrderBy(file => Path.GetFileName(file) == ConfigReader.FileName))
            File.Move(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }
}
