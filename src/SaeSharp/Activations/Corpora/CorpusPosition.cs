namespace SaeSharp.Activations.Corpora;

/// <summary>A place in a corpus at which reading can begin again.</summary>
/// <param name="Offset">Byte of the uncompressed text.</param>
/// <param name="Document">Documents that end before it.</param>
/// <param name="InsideLine">Whether the byte does not begin a line: a very long line was cut here.</param>
public readonly record struct CorpusPosition(long Offset, long Document, bool InsideLine)
{
    /// <summary>The beginning of a corpus.</summary>
    public static CorpusPosition Start => default;
}
