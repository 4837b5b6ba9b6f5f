namespace SaeSharp.Models.Files;

/// <summary>Turns what the operating system says about a file into one sentence for the person who named it.</summary>
public static class FileErrors
{
    /// <summary>Whether an exception is about a file and not about our code.</summary>
    public static bool IsAboutFile(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or System.Security.SecurityException;

    /// <summary>Why a file cannot be read.</summary>
    public static InputException CannotRead(string path, Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => new InputException($"There is no file {path}.", exception),
        UnauthorizedAccessException when Directory.Exists(path) => new InputException($"{path} is a folder; expected a file.", exception),
        UnauthorizedAccessException => new InputException($"{path} may not be read: permission denied.", exception),
        _ => new InputException($"{path} cannot be read: {OneLine(exception)}", exception),
    };

    /// <summary>Why a file or folder cannot be written: no space, no permission, no such folder.</summary>
    public static InputException CannotWrite(string path, Exception exception) => exception switch
    {
        DirectoryNotFoundException => new InputException($"{path} cannot be written: its folder does not exist.", exception),
        UnauthorizedAccessException when Directory.Exists(path) => new InputException($"{path} cannot be written: it is a folder.", exception),
        UnauthorizedAccessException => new InputException($"{path} cannot be written: permission denied.", exception),
        _ => new InputException($"{path} cannot be written: {OneLine(exception)}", exception),
    };

    private static string OneLine(Exception exception) => exception.Message.ReplaceLineEndings(" ").TrimEnd();
}
