namespace SaeSharp.Activations.Corpora;

/// <summary>How documents are laid out in a corpus file.</summary>
public enum CorpusFormat
{
    /// <summary>Blocks of lines, separated by lines that hold only <c>&lt;|endoftext|&gt;</c>.</summary>
    Text,

    /// <summary>One JSON object a line with the document under <c>text</c>.</summary>
    Jsonl,
}
