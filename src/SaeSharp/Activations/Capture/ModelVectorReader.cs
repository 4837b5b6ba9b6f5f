using SaeSharp.Activations.Contexts;
using SaeSharp.Activations.Pipeline;
using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Activations.Capture;

/// <summary>The vectors of a host model at a hook point, for the contexts of a corpus in their order.</summary>
/// <remarks>
/// The contexts of a block go through the model together. Contexts that are shorter than the others are filled up
/// behind their tokens, which no earlier position can see; the vectors there are dropped.
/// </remarks>
internal sealed class ModelVectorReader(IHostCapture host, ContextReader contexts, ITokenizer tokenizer, ModelVectorOptions options) : IVectorReader
{
    private readonly int[] _tokens = new int[options.Contexts * options.Length];
    private readonly int[] _lengths = new int[options.Contexts];

    public int Width => host.Width;

    public int BlockRows => _tokens.Length;

    public StreamPosition Position
    {
        get
        {
            ContextPosition position = contexts.Position;
            return new StreamPosition(position.Epoch, position.Piece, position.Token);
        }
        set => contexts.Position = new ContextPosition(value.Epoch, value.Piece, (int)Math.Clamp(value.Index, 0, int.MaxValue));
    }

    public bool Read(VectorBlock block, CancellationToken cancel)
    {
        int count = 0;
        while (count < options.Contexts)
        {
            Span<int> context = _tokens.AsSpan(count * options.Length, options.Length);
            context.Fill(options.EndOfText ?? 0);
            int length = contexts.Read(context);
            if (length == 0) break;
            _lengths[count++] = length;
            cancel.ThrowIfCancellationRequested();
        }

        if (count == 0) return false;
        host.Run(_tokens.AsSpan(0, count * options.Length), count, block.Vectors.RowRange(0, count * options.Length));
        cancel.ThrowIfCancellationRequested();
        Mark(block, count);
        return true;
    }

    public string Describe(VectorBlock block, int row)
    {
        int context = row / options.Length;
        return $"token {row % options.Length} of context {context} after offset {block.Start.Piece.Offset} of {options.CorpusPath}";
    }

    public void Dispose() => contexts.Dispose();

    private void Mark(VectorBlock block, int count)
    {
        block.Count = count * options.Length;
        for (int context = 0; context < count; context++)
        {
            for (int position = 0; position < options.Length; position++)
            {
                int row = context * options.Length + position;
                block.IsPadding[row] = position >= _lengths[context];
                block.IsSpecial[row] = tokenizer.IsSpecial(_tokens[row]) || _tokens[row] == options.EndOfText || _tokens[row] == options.BeginningOfText;
            }
        }
    }
}
