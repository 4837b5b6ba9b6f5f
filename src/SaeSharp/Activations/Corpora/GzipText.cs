using System.IO.Compression;

namespace SaeSharp.Activations.Corpora;

/// <summary>The content of a gzip file; a file that was cut off is an error and not a shorter text.</summary>
/// <remarks>
/// The decompressor of .NET takes the end of its input for the end of the data. So a small member of our own is put behind the file:
/// if it comes out at the end, every member before it was whole.
/// </remarks>
internal sealed class GzipText : ForwardStream
{
    private static readonly byte[] Mark = Convert.FromHexString("7361652D73686172702D656E64A5C3F1");

    private readonly GZipStream _stream;
    private readonly byte[] _window = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Begins to decompress.</summary>
    /// <param name="file">The file at its start; belongs to the stream from now on.</param>
    public GzipText(Stream file) => _stream = new GZipStream(new Marked(file), CompressionMode.Decompress);

    /// <exception cref="InvalidDataException">The file is damaged or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        // The last bytes at hand might be the mark, so they are held back until more have come.
        while (!_ended && _end - _start <= Mark.Length) Extend();
        int count = Math.Min(buffer.Length, _end - _start - (_ended ? 0 : Mark.Length));
        _window.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _stream.Dispose();
        base.Dispose(disposing);
    }

    private void Extend()
    {
        Buffer.BlockCopy(_window, _start, _window, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        int count = _stream.Read(_window, _end, _window.Length - _end);
        _end += count;
        if (count > 0) return;
        _ended = true;
        if (!_window.AsSpan(0, _end).EndsWith(Mark)) throw new InvalidDataException("its data end too early, or something else follows them.");
        _end -= Mark.Length;
    }

    /// <summary>A file with the compressed mark behind it.</summary>
    private sealed class Marked(Stream file) : ForwardStream
    {
        private static readonly byte[] CompressedMark = Compress();

        private int _next;

        public override int Read(Span<byte> buffer)
        {
            int count = file.Read(buffer);
            if (count > 0 || buffer.IsEmpty) return count;
            count = Math.Min(buffer.Length, CompressedMark.Length - _next);
            CompressedMark.AsSpan(_next, count).CopyTo(buffer);
            _next += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }

        private static byte[] Compress()
        {
            using MemoryStream result = new();
            using (GZipStream zip = new(result, CompressionLevel.NoCompression)) zip.Write(Mark);
            return result.ToArray();
        }
    }
}
