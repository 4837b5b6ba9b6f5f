using System.Text.Json;

namespace SaeSharp.Activations.Corpora;

/// <summary>Documents under <c>text</c> in JSON objects, one a line.</summary>
internal sealed class JsonlDocumentReader : CorpusReader
{
    /// <summary>Longest line that is read; a document has to be held to be parsed.</summary>
    internal const int LongestLine = 1 << 26;

    public JsonlDocumentReader(ByteReader bytes, CorpusPosition position)
        : base(bytes, position)
    {
    }

    public override CorpusPiece? Read()
    {
        while (true)
        {
            CorpusPosition start = Position with { Offset = Bytes.Offset };
            int length = FindLine();
            if (length == 0) return null;
            string line = Bytes.Decode(length);
            Bytes.Advance(length);
            string text = string.IsNullOrWhiteSpace(line) ? string.Empty : Parse(line, start);
            Position = new CorpusPosition(Bytes.Offset, start.Document + (text.Length > 0 ? 1 : 0), false);
            if (text.Length > 0) return new CorpusPiece(text, start, EndsDocument: true);
        }
    }

    private int FindLine()
    {
        int searched = 0;
        while (true)
        {
            ReadOnlySpan<byte> window = Bytes.Window;
            int found = window[searched..].IndexOf((byte)'\n');
            if (found >= 0) return searched + found + 1;
            searched = window.Length;
            if (searched > LongestLine)
            {
                throw new InputException($"The corpus {Bytes.Path} has a line of more than {LongestLine >> 20} MiB at offset {Bytes.Offset}; expected a JSON object a line.");
            }

            if (!Bytes.Extend()) return searched;
        }
    }

    private string Parse(string line, CorpusPosition start)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("text", out JsonElement text)
                && text.ValueKind == JsonValueKind.String)
            {
                return text.GetString()!;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InputException($"The corpus {Bytes.Path} has a line at offset {start.Offset} that is not valid JSON: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }

        throw new InputException($"The corpus {Bytes.Path} has a line at offset {start.Offset} without a string under 'text'; expected {{\"text\": \"…\"}} on each line.");
    }
}
