namespace SaeSharp.Activations.Corpora;

/// <summary>Reads the documents of a corpus one after the other.</summary>
/// <remarks>
/// Documents of more than a MiB come in pieces, cut where a line ends and the next one begins with a letter, so that the tokens
/// of usual tokenizers are those of the whole document. Where a document is cut depends on its bytes only. Not thread-safe.
/// </remarks>
public abstract class CorpusReader : IDisposable
{
    private protected CorpusReader(ByteReader bytes, CorpusPosition position)
    {
        Bytes = bytes;
        Position = position;
    }

    /// <summary>Where the next piece begins.</summary>
    public CorpusPosition Position { get; private protected set; }

    private protected ByteReader Bytes { get; }

    /// <summary>The next piece; null at the end of the corpus.</summary>
    /// <exception cref="InputException">The file is unreadable, not UTF-8, or not JSONL; the message names the byte or line.</exception>
    public abstract CorpusPiece? Read();

    /// <inheritdoc/>
    public void Dispose()
    {
        Bytes.Dispose();
        GC.SuppressFinalize(this);
    }
}
