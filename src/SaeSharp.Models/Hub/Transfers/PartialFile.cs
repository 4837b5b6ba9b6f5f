using SaeSharp.Models.Files;

namespace SaeSharp.Models.Hub.Transfers;

/// <summary>What is here of a file that is being fetched, and its hash so far.</summary>
internal sealed class PartialFile : IDisposable
{
    private const int BufferSize = 1 << 20;

    private readonly FileStream _file;
    private readonly string _hashName;
    private readonly long _size;
    private ContentHash _hash;

    /// <summary>Opens or begins the file and reads what is there.</summary>
    public PartialFile(string path, string hash, long size, CancellationToken cancellation)
    {
        (_hashName, _size) = (hash, size);
        _hash = new ContentHash(hash, size);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        try
        {
            if (_file.Length > size) _file.SetLength(0);
            if (_file.Length > 0) ReadWhatIsThere(cancellation);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file.Write(bytes);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotWrite(_file.Name, exception); // a full disk is no lost connection
        }

        _hash.Append(bytes);
        Length += bytes.Length;
    }

    /// <summary>Whether the whole content is here and has its hash; may be asked once.</summary>
    public bool IsRight() => Length == _size && _hash.Matches();

    public void Clear()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _hash.Dispose();
        _hash = new ContentHash(_hashName, _size);
        Length = 0;
    }

    public void Flush() => _file.Flush(flushToDisk: true);

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    private void ReadWhatIsThere(CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferSize];
        for (int count; (count = _file.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            _hash.Append(buffer.AsSpan(0, count));
            Length += count;
        }
    }
}
