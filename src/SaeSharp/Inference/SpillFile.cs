using System.Runtime.InteropServices;
using SaeSharp.Models.Files;

namespace SaeSharp.Inference;

/// <summary>Numbers on the disk until it is known how many there are; gone when disposed.</summary>
internal sealed class SpillFile<T> : IDisposable
    where T : unmanaged
{
    private const int Slice = 1 << 18;

    private readonly string _path;
    private readonly FileStream _stream;

    internal SpillFile(string folder)
    {
        _path = Path.Combine(folder, $".spill-{Guid.NewGuid():N}.tmp");
        try
        {
            _stream = new FileStream(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotWrite(_path, exception);
        }
    }

    internal long Count { get; private set; }

    public void Dispose() => _stream.Dispose();

    internal void Append(ReadOnlySpan<T> values)
    {
        try
        {
            _stream.Write(MemoryMarshal.AsBytes(values));
            Count += values.Length;
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotWrite(_path, exception);
        }
    }

    internal void CopyTo(TensorStream target)
    {
        T[] slice = new T[Math.Min(Slice, Math.Max(1, Count))];
        _stream.Flush();
        _stream.Position = 0;
        for (long done = 0; done < Count; done += slice.Length)
        {
            Span<T> part = slice.AsSpan(0, (int)Math.Min(slice.Length, Count - done));
            _stream.ReadExactly(MemoryMarshal.AsBytes(part));
            target.WriteStored<T>(part);
        }
    }
}
