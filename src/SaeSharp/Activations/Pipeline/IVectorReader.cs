namespace SaeSharp.Activations.Pipeline;

/// <summary>Reads vectors in their own order, block by block, unfiltered.</summary>
/// <remarks>What a block holds follows from the position that it begins at, and from nothing else. Not thread-safe.</remarks>
internal interface IVectorReader : IDisposable
{
    /// <summary>Width D of a vector.</summary>
    int Width { get; }

    /// <summary>Most vectors that a block takes.</summary>
    int BlockRows { get; }

    /// <summary>Where the next block begins; set it to go there.</summary>
    StreamPosition Position { get; set; }

    /// <summary>Fills a block: rows, their number, and which of them stand at special tokens.</summary>
    /// <returns>False when there are no more vectors.</returns>
    bool Read(VectorBlock block, CancellationToken cancel);

    /// <summary>Names a row of a block in messages, e.g. <c>token 17 of a context that begins in document 3 of corpus.txt</c>.</summary>
    string Describe(VectorBlock block, int row);
}
