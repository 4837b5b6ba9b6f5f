using System.Text.Unicode;
using SaeSharp.Models.Files;

namespace SaeSharp.Activations.Corpora;

/// <summary>A window that moves over the bytes of a file; what is not consumed stays.</summary>
internal sealed class ByteReader : IDisposable
{
    private readonly Stream _stream;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Opens a file at an offset of its uncompressed content.</summary>
    public ByteReader(string path, Func<long, Stream> open, long offset)
    {
        Path = path;
        Offset = offset;
        _stream = Guard(() => open(offset));
        if (offset == 0 && Peek(3).StartsWith("\uFEFF"u8)) Advance(3);
    }

    public string Path { get; }

    /// <summary>Offset of the first byte of the window in the uncompressed content.</summary>
    public long Offset { get; private set; }

    /// <summary>The bytes at hand.</summary>
    public ReadOnlySpan<byte> Window => _buffer.AsSpan(_start, _end - _start);

    /// <summary>At least <paramref name="count"/> bytes from the window's start if the file has so many.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _start < count && Extend())
        {
        }

        return Window;
    }

    /// <summary>Reads more bytes into the window; false at the end of the file.</summary>
    public bool Extend()
    {
        if (_ended) return false;
        if (_end == _buffer.Length) MakeRoom();
        int count = Guard(() => _stream.Read(_buffer, _end, _buffer.Length - _end));
        _end += count;
        _ended = count == 0;
        return !_ended;
    }

    /// <summary>Drops bytes from the window's start.</summary>
    public void Advance(int count)
    {
        _start += count;
        Offset += count;
    }

    /// <summary>The first bytes of the window as text.</summary>
    /// <exception cref="InputException">They are not UTF-8; the message names the byte.</exception>
    public string Decode(int length)
    {
        ReadOnlySpan<byte> bytes = Window[..length];
        char[] text = new char[length];
        if (Utf8.ToUtf16(bytes, text, out int read, out int written, replaceInvalidSequences: false) != System.Buffers.OperationStatus.Done)
        {
            throw new InputException($"The corpus {Path} is not valid UTF-8: byte 0x{bytes[read]:X2} at offset {Offset + read} begins no character.");
        }

        return new string(text, 0, written);
    }

    public void Dispose() => _stream.Dispose();

    private void MakeRoom()
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }

        if (_end > _buffer.Length / 2) Array.Resize(ref _buffer, checked(_buffer.Length * 2));
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException exception)
        {
            throw Corpus.Damaged(Path, exception);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotRead(Path, exception);
        }
    }
}
