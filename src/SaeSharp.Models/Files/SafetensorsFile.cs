using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace SaeSharp.Models.Files;

/// <summary>A safetensors file, mapped into memory and validated when it is opened.</summary>
/// <remarks>
/// Header lengths, types, shapes and offsets are checked against the file's size before anything is read, so a hostile file can
/// neither allocate nor read more than it has. Safe for concurrent reads. The file must not shrink while it is open.
/// </remarks>
public sealed unsafe class SafetensorsFile : ITensorSource
{
    /// <summary>Elements converted at once: their bytes must fit into one span.</summary>
    private const int Slice = 1 << 24;

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, TensorInfo> _tensors;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private byte* _data;

    private SafetensorsFile(string path, FileStream stream)
    {
        Path = path;
        long length = stream.Length;
        long headerLength = ReadHeaderLength(path, stream, length);
        byte[] header = new byte[headerLength];
        stream.ReadExactly(header);
        long dataStart = 8 + headerLength;
        _tensors = SafetensorsHeader.Parse(path, header, dataStart, length - dataStart, _metadata);
        _map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _data);
        _data += _view.PointerOffset;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InputException">It is missing, unreadable, truncated, or not a safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return new SafetensorsFile(path, stream);
        }
        catch (Exception exception)
        {
            stream?.Dispose();
            if (FileErrors.IsAboutFile(exception)) throw FileErrors.CannotRead(path, exception);
            throw;
        }
    }

    /// <inheritdoc/>
    public TensorInfo Info(string name) => _tensors.TryGetValue(name, out TensorInfo? info)
        ? info
        : throw new InputException($"{Path} has no tensor '{name}'{Suggestion()}.");

    /// <inheritdoc/>
    public void ReadFloat32(string name, long start, Span<float> values)
    {
        TensorInfo info = Info(name);
        for (int done = 0; done < values.Length; done += Slice)
        {
            Span<float> slice = values.Slice(done, Math.Min(Slice, values.Length - done));
            if (!TensorConversion.ToFloat32(info.Type, Bytes(info, start + done, slice.Length), slice)) throw CannotConvert(info, "float32");
        }
    }

    /// <inheritdoc/>
    public void ReadFloat64(string name, long start, Span<double> values)
    {
        TensorInfo info = Info(name);
        for (int done = 0; done < values.Length; done += Slice)
        {
            Span<double> slice = values.Slice(done, Math.Min(Slice, values.Length - done));
            if (!TensorConversion.ToFloat64(info.Type, Bytes(info, start + done, slice.Length), slice)) throw CannotConvert(info, "float64");
        }
    }

    /// <inheritdoc/>
    public void ReadInt64(string name, long start, Span<long> values)
    {
        TensorInfo info = Info(name);
        for (int done = 0; done < values.Length; done += Slice)
        {
            Span<long> slice = values.Slice(done, Math.Min(Slice, values.Length - done));
            if (!TensorConversion.ToInt64(info.Type, Bytes(info, start + done, slice.Length), slice)) throw CannotConvert(info, "integers");
        }
    }

    /// <summary>The stored bytes of elements <paramref name="start"/> … of a tensor; valid until the file is disposed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor, or is longer than 2³¹ − 1 bytes.</exception>
    public ReadOnlySpan<byte> Bytes(TensorInfo info, long start, int count)
    {
        ObjectDisposedException.ThrowIf(_data == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, info.Count - count);
        int size = info.Type.Size();
        return new ReadOnlySpan<byte>(_data + info.Offset + start * size, checked(count * size));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_data == null) return;
        _data = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static long ReadHeaderLength(string path, FileStream stream, long fileLength)
    {
        if (fileLength < 8) throw SafetensorsHeader.Damaged(path, $"it has {fileLength} bytes, too few for a header");
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)(fileLength - 8))
        {
            throw SafetensorsHeader.Damaged(path, $"it claims a header of {length} bytes but has only {fileLength} bytes");
        }

        return length <= SafetensorsHeader.LargestHeader
            ? (long)length
            : throw SafetensorsHeader.Damaged(path, $"it claims a header of {length} bytes; at most {SafetensorsHeader.LargestHeader} are allowed");
    }

    private string Suggestion() => _tensors.Count is > 0 and <= 12 ? $" (it has {string.Join(", ", _tensors.Keys)})" : string.Empty;

    private InputException CannotConvert(TensorInfo info, string to) =>
        new($"Tensor '{info.Name}' in {Path} holds {info.Type.HeaderName()} values that cannot be read as {to}.");
}
