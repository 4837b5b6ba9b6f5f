namespace SaeSharp.Activations.Corpora;

/// <summary>Documents separated by lines that hold only <c>&lt;|endoftext|&gt;</c>.</summary>
/// <remarks>The line break before a separator belongs to neither document. Empty documents are passed over.</remarks>
internal sealed class TextDocumentReader : CorpusReader
{
    /// <summary>Bytes from which on a document is cut.</summary>
    internal const int LongestPiece = 1 << 20;

    public TextDocumentReader(ByteReader bytes, CorpusPosition position)
        : base(bytes, position)
    {
    }

    private static ReadOnlySpan<byte> Separator => "<|endoftext|>"u8;

    public override CorpusPiece? Read()
    {
        while (true)
        {
            // An offset that the mark of byte order was skipped from begins there.
            CorpusPosition start = Position with { Offset = Bytes.Offset };
            int length = FindEnd(out int skip, out bool endsDocument);
            if (length == 0 && skip == 0) return null;
            string text = Bytes.Decode(length);
            bool insideLine = !endsDocument && Bytes.Window[length - 1] != (byte)'\n';
            Bytes.Advance(length + skip);
            Position = new CorpusPosition(Bytes.Offset, start.Document + (endsDocument && length > 0 ? 1 : 0), insideLine);
            if (length > 0) return new CorpusPiece(text, start, endsDocument);
        }
    }

    /// <summary>Length of the piece that begins at the window's start, and how many bytes of line break and separator follow it.</summary>
    private int FindEnd(out int skip, out bool endsDocument)
    {
        int line = 0;
        bool atLineStart = !Position.InsideLine;
        while (true)
        {
            ReadOnlySpan<byte> window = Bytes.Window;
            int found = window[line..].IndexOf((byte)'\n');
            // A line that is cut off here must be long enough to tell that it is no separator.
            bool tooShort = window.Length < LongestPiece || window.Length - line <= Separator.Length + 2;
            if (found < 0 && tooShort && Bytes.Extend()) continue;
            int lineEnd = found < 0 ? window.Length : line + found + 1;
            if (atLineStart && IsSeparator(window[line..lineEnd]))
            {
                endsDocument = true;
                int length = TrimLineBreak(window[..line]);
                skip = lineEnd - length;
                return length;
            }

            if (lineEnd > LongestPiece)
            {
                (skip, endsDocument) = (0, false);
                return FindCut(window[..(LongestPiece - Separator.Length - 3)]);
            }

            if (found < 0 && !Bytes.Extend())
            {
                endsDocument = true;
                int length = TrimLineBreak(window);
                skip = window.Length - length;
                return length;
            }

            if (found >= 0) (line, atLineStart) = (lineEnd, true);
        }
    }

    private static bool IsSeparator(ReadOnlySpan<byte> line) => line[..TrimLineBreak(line)].SequenceEqual(Separator);

    private static int TrimLineBreak(ReadOnlySpan<byte> bytes)
    {
        if (bytes.EndsWith("\r\n"u8)) return bytes.Length - 2;
        return bytes.EndsWith("\n"u8) ? bytes.Length - 1 : bytes.Length;
    }

    /// <summary>The last good place to cut in the second half: a line's end between two visible bytes; else before the last whole character.</summary>
    private static int FindCut(ReadOnlySpan<byte> bytes)
    {
        int last = bytes.Length - 1;
        for (int i = last; i > last / 2; i--)
        {
            if (bytes[i - 1] == (byte)'\n' && IsVisible(bytes[i]) && IsVisible(bytes[i - 2])) return i;
        }

        int cut = last;
        while (cut > last - 4 && (bytes[cut] & 0xC0) == 0x80) cut--;
        return cut;
    }

    private static bool IsVisible(byte value) => value is > (byte)' ' and < 0x7F;
}
