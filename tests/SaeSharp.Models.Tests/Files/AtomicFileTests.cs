using SaeSharp.Models.Files;

namespace SaeSharp.Models.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_failure_leaves_the_old_content_and_nothing_else()
    {
        AtomicFile.WriteText(_folder["a.txt"], "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(_folder["a.txt"], stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(_folder["a.txt"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_full_disk_is_one_sentence_and_leaves_nothing()
    {
        InputException error = Assert.Throws<InputException>(() => AtomicFile.Write(
            _folder["a.bin"], _ => throw new IOException("No space left on device")));
        Assert.Contains("a.bin", error.Message, StringComparison.Ordinal);
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_real_full_device_is_one_sentence()
    {
        if (!File.Exists("/dev/full")) return;
        // The stream below stands for a disk that fills up while a file is written.
        InputException error = Assert.Throws<InputException>(() => AtomicFile.Write(_folder["a.bin"], stream =>
        {
            using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.Write(new byte[4096]);
        }));
        Assert.Contains("a.bin", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_folder_that_is_missing_or_in_the_way_is_named()
    {
        Assert.Contains("none", Assert.Throws<InputException>(() => AtomicFile.WriteText(_folder["none/a.txt"], "x")).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["taken"]);
        Assert.Contains("taken", Assert.Throws<InputException>(() => AtomicFile.WriteText(_folder["taken"], "x")).Message, StringComparison.Ordinal);
        AtomicFile.WriteText(_folder["file"], "x");
        Assert.Contains("file", Assert.Throws<InputException>(() => AtomicFile.CreateFolder(_folder["file/sub"])).Message, StringComparison.Ordinal);
        Assert.Equal(["file", "taken"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }
}
