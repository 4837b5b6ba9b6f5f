using SaeSharp.Models.Files;

namespace SaeSharp.Activations.Corpora;

/// <summary>A file of documents: text, gzip text or JSONL.</summary>
/// <remarks>
/// Compression is told from the first bytes; the format from the extension (<c>.txt</c>, <c>.jsonl</c>, <c>.ndjson</c>, each also with
/// <c>.gz</c>), or from the content where the extension says nothing. Text must be UTF-8 throughout.
/// The file is streamed, never held; <see cref="Open"/> may be called as often as one likes.
/// </remarks>
public sealed class Corpus
{
    private Corpus(string path, bool compressed, CorpusFormat format, long length)
    {
        Path = path;
        IsCompressed = compressed;
        Format = format;
        Length = length;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether it is a gzip file.</summary>
    public bool IsCompressed { get; }

    /// <summary>How documents are laid out.</summary>
    public CorpusFormat Format { get; }

    /// <summary>Bytes of the file as it lies on disk.</summary>
    public long Length { get; }

    /// <summary>Looks at a file and finds out what it is.</summary>
    /// <exception cref="InputException">It is missing, unreadable, empty, or compressed data that is damaged.</exception>
    public static Corpus Find(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream file = OpenFile(path);
            long length = file.Length;
            if (length == 0) throw new InputException($"The corpus {path} is empty.");
            bool compressed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return new Corpus(path, compressed, FindFormat(path, compressed ? new GzipText(file) : file), length);
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(path, exception);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotRead(path, exception);
        }
    }

    /// <summary>Begins to read at a position that a reader of the same file reported.</summary>
    public CorpusReader Open(CorpusPosition position = default)
    {
        ByteReader bytes = new(Path, OpenStream, position.Offset);
        return Format == CorpusFormat.Jsonl ? new JsonlDocumentReader(bytes, position) : new TextDocumentReader(bytes, position);
    }

    internal static InputException Damaged(string path, Exception exception) =>
        new($"The corpus {path} is not a complete gzip file: {exception.Message.ReplaceLineEndings(" ")}", exception);

    private static CorpusFormat FindFormat(string path, Stream content)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        switch (System.IO.Path.GetExtension(name).ToUpperInvariant())
        {
            case ".TXT" or ".TEXT" or ".MD": return CorpusFormat.Text;
            case ".JSONL" or ".NDJSON" or ".JSONLINES": return CorpusFormat.Jsonl;
        }

        Span<byte> head = stackalloc byte[64];
        int length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> start = head[..length].TrimStart(" \t\r\n"u8);
        return start.StartsWith("{"u8) && start[1..].TrimStart(" \t"u8).StartsWith("\""u8) ? CorpusFormat.Jsonl : CorpusFormat.Text;
    }

    private static FileStream OpenFile(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);

    private Stream OpenStream(long offset)
    {
        FileStream file = OpenFile(Path);
        try
        {
            if (!IsCompressed)
            {
                file.Position = offset;
                return file;
            }

            GzipText stream = new(file);
            byte[] skipped = new byte[1 << 16];
            while (offset > 0)
            {
                int count = stream.Read(skipped, 0, (int)Math.Min(offset, skipped.Length));
                if (count == 0) break;
                offset -= count;
            }

            return stream;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
