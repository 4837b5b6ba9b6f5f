using System.Runtime.InteropServices;
using SaeSharp.Activations.Corpora;
using SaeSharp.Models.Tokenizers;

namespace SaeSharp.Activations.Contexts;

/// <summary>Packs the tokens of a corpus into contexts of one length.</summary>
/// <remarks>
/// What a context holds follows from the position that it begins at. In a joined stream only the very last context may be
/// shorter, and only when the corpus is read once; per document the last context of each may be. Not thread-safe.
/// </remarks>
public sealed class ContextReader : IDisposable
{
    private readonly Corpus _corpus;
    private readonly ITokenizer _tokenizer;
    private readonly ContextOptions _options;
    private readonly List<int> _tokens = [];
    private CorpusReader _reader;
    private CorpusPosition _piece;
    private int _next;
    private long _epoch;
    private long _tokensOfEpoch;
    private bool _endsDocument;

    /// <summary>Begins at the corpus's start.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="options">How to pack.</param>
    public ContextReader(Corpus corpus, ITokenizer tokenizer, ContextOptions options)
    {
        int least = options.BeginningOfText == null ? 1 : 2;
        if (options.Length < least) throw new InputException($"data.context is {options.Length}; expected at least {least}.");
        (_corpus, _tokenizer, _options) = (corpus, tokenizer, options);
        _reader = corpus.Open();
    }

    /// <summary>Where the next context begins; set it to go there.</summary>
    /// <exception cref="InputException">Set to a place that is not in the corpus.</exception>
    public ContextPosition Position
    {
        get => new(_epoch, _piece, _next);
        set
        {
            _reader.Dispose();
            _reader = _corpus.Open(value.Piece);
            _tokens.Clear();
            (_epoch, _piece, _next, _tokensOfEpoch) = (value.Epoch, value.Piece, 0, 1);
            if (value.Token == 0) return;
            if (!ReadPiece() || value.Token > _tokens.Count)
                throw new InputException($"The corpus {_corpus.Path} has no token {value.Token} in the text at offset {value.Piece.Offset}; it has changed since the checkpoint.");
            _next = value.Token;
        }
    }

    /// <summary>Fills a context.</summary>
    /// <param name="context">Room for as many tokens as the options say.</param>
    /// <returns>Number of tokens, the beginning-of-text token included; 0 at the end of a corpus that is read once.</returns>
    /// <exception cref="InputException">The corpus is empty or not valid text.</exception>
    public int Read(Span<int> context)
    {
        context = context[.._options.Length];
        int first = 0;
        if (_options.BeginningOfText is { } token) context[first++] = token;
        int count = first;
        while (count < context.Length)
        {
            if (_next < _tokens.Count)
            {
                int taken = Math.Min(context.Length - count, _tokens.Count - _next);
                CollectionsMarshal.AsSpan(_tokens).Slice(_next, taken).CopyTo(context[count..]);
                (count, _next) = (count + taken, _next + taken);
                continue;
            }

            if (_options.PerDocument && count > first && _endsDocument) break;
            if (!ReadPiece() && !BeginAgain()) break;
        }

        return count > first ? count : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private bool ReadPiece()
    {
        _tokens.Clear();
        _next = 0;
        _piece = _reader.Position;
        if (_reader.Read() is not { } piece) return false;
        _piece = piece.Start;
        _tokenizer.Encode(piece.Text, _tokens);
        _endsDocument = piece.EndsDocument;
        if (piece.EndsDocument && !_options.PerDocument && _options.EndOfText is { } token) _tokens.Add(token);
        _tokensOfEpoch += _tokens.Count;
        return true;
    }

    /// <summary>Goes back to the corpus's start; false if it is to be read once.</summary>
    private bool BeginAgain()
    {
        if (_tokensOfEpoch == 0) throw new InputException($"The corpus {_corpus.Path} holds no text.");
        if (!_options.Repeat) return false;
        _reader.Dispose();
        _reader = _corpus.Open();
        _tokensOfEpoch = 0;
        _epoch++;
        return true;
    }
}
