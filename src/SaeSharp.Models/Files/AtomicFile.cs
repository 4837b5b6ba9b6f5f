using System.Text;

namespace SaeSharp.Models.Files;

/// <summary>Writes files so that they are there whole or not at all: aside in the same folder, flushed to the disk, then renamed.</summary>
/// <remarks>
/// A killed process leaves at most a file whose name begins with a dot and ends in <c>.tmp</c>; an exception leaves nothing.
/// Errors of the operating system (no space, read-only folder) become <see cref="InputException"/> with the path named.
/// </remarks>
public static class AtomicFile
{
    private const int BufferSize = 1 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes or replaces a file.</summary>
    /// <param name="path">Where; its folder must exist.</param>
    /// <param name="write">Writes the content; what it throws is passed on after the unfinished file was removed.</param>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new InputException($"{path} is not a file name.");
        string aside = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream stream = new(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, path, overwrite: true);
        }
        catch (Exception exception)
        {
            Remove(aside);
            if (FileErrors.IsAboutFile(exception)) throw FileErrors.CannotWrite(path, exception);
            throw;
        }
    }

    /// <summary>Writes or replaces a file of bytes.</summary>
    public static void WriteBytes(string path, ReadOnlyMemory<byte> bytes) => Write(path, stream => stream.Write(bytes.Span));

    /// <summary>Writes or replaces a text file: UTF-8 without a byte-order mark.</summary>
    public static void WriteText(string path, string text) => WriteBytes(path, Utf8.GetBytes(text));

    /// <summary>Makes a folder and those above it; nothing happens if it is there.</summary>
    /// <exception cref="InputException">The folder cannot be made.</exception>
    public static void CreateFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotWrite(path, exception);
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            // The first error is the one to report; a file left aside is never read.
        }
    }
}
