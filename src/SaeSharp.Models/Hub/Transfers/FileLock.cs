using SaeSharp.Models.Files;

namespace SaeSharp.Models.Hub.Transfers;

/// <summary>Keeps two processes from fetching the same file: a lock on the file that Hugging Face's tools lock too.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BeforeNote = TimeSpan.FromSeconds(1);

    /// <summary>Waits for the lock and takes it; disposing the result gives it back.</summary>
    public static async Task<IDisposable> TakeAsync(string path, Action onWait, CancellationToken cancellation)
    {
        AtomicFile.CreateFolder(Path.GetDirectoryName(path)!);
        for (TimeSpan waited = TimeSpan.Zero; ; waited += Pause)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException exception) when (IsTaken(exception))
            {
                if (waited == BeforeNote) onWait();
                await Task.Delay(Pause, cancellation);
            }
            catch (Exception exception) when (FileErrors.IsAboutFile(exception))
            {
                throw FileErrors.CannotWrite(path, exception);
            }
        }
    }

    /// <summary>Whether another process holds the file: EWOULDBLOCK on Linux and macOS, a sharing or lock violation on Windows.</summary>
    private static bool IsTaken(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020) or unchecked((int)0x80070021);
}
