using SaeSharp.Activations.Capture;
using SaeSharp.Activations.Contexts;
using SaeSharp.Dictionaries;
using SaeSharp.Models;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Evaluation.Probing;

/// <summary>Runs texts through a host model and dictionaries and averages each text's codes over its tokens, special ones left out.</summary>
/// <remarks>The model runs once for all dictionaries. Texts of similar length go together, so little is padded. Not thread-safe.</remarks>
public sealed class TextEncoder : IDisposable
{
    private readonly IHostCapture _host;
    private readonly ITokenizer _tokenizer;
    private readonly TextCodeOptions _options;
    private readonly Device _device;
    private readonly int? _beginning;
    private readonly int _padding;

    /// <summary>Puts a model and its hook point together.</summary>
    /// <param name="model">The host model; stays the caller's.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="point">Where vectors are taken from.</param>
    /// <param name="options">Lengths and batches.</param>
    /// <exception cref="InputException">The model lacks the hook point or a beginning-of-text token, or texts are longer than it takes.</exception>
    public TextEncoder(LanguageModel model, ITokenizer tokenizer, HookPoint point, TextCodeOptions options)
        : this(new LanguageModelCapture(model, point, ownsModel: false), tokenizer, model.Device, options, model.Description.EndOfText)
    {
        if (options.Context > model.Description.ContextLength)
            throw new InputException($"Texts of {options.Context} tokens were asked for; the {model.Description.ModelType} model takes at most {model.Description.ContextLength}.");
    }

    internal TextEncoder(IHostCapture host, ITokenizer tokenizer, Device device, TextCodeOptions options, int? endOfText)
    {
        if (options.Context < 2 || options.ModelBatch < 1) throw new InputException($"Texts of {options.Context} tokens in batches of {options.ModelBatch} were asked for; expected 2 or more, and 1 or more.");
        (_host, _tokenizer, _device, _options) = (host, tokenizer, device, options);
        _beginning = ContextOptions.For(new DataSpec { PrependBos = options.PrependBos }, endOfText, tokenizer, repeat: false).BeginningOfText;
        _padding = endOfText ?? 0;
    }

    /// <summary>Encodes texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="dictionaries">Dictionaries over the vectors at the hook point.</param>
    /// <param name="progress">Told the texts done, or null.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <returns>For each dictionary the codes of all texts, in their order.</returns>
    /// <exception cref="InputException">A dictionary takes vectors of another width.</exception>
    public IReadOnlyList<PooledCodes> Encode(
        ProbeTexts texts, IReadOnlyList<SparseDictionary> dictionaries, IProgress<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        foreach (SparseDictionary dictionary in dictionaries)
        {
            if (dictionary.Width != _host.Width)
                throw new InputException($"dictionary '{dictionary.Spec.Name}' takes vectors of width {dictionary.Width}; the hook point has width {_host.Width}.");
        }

        int[][] tokens = [.. texts.Texts.Select(Tokenize)];
        int[] order = [.. Enumerable.Range(0, tokens.Length).OrderBy(text => tokens[text].Length).ThenBy(text => text)];
        CodePooler[] poolers = [.. dictionaries.Select(dictionary => new CodePooler(tokens.Length, dictionary.Latents))];
        int mostRows = _options.ModelBatch * _options.Context;
        using Matrix vectors = _device.Allocate(mostRows, _host.Width);
        CsrMatrix[] codes = [.. dictionaries.Select(dictionary => _device.AllocateCsr(mostRows, dictionary.Latents, 0))];
        int[] ids = new int[mostRows], textOfRow = new int[mostRows];
        try
        {
            for (int start = 0; start < order.Length; start += _options.ModelBatch)
            {
                cancel.ThrowIfCancellationRequested();
                ReadOnlySpan<int> batch = order.AsSpan(start, Math.Min(_options.ModelBatch, order.Length - start));
                int length = Math.Max(1, tokens[batch[^1]].Length), rows = length * batch.Length;
                Fill(batch, tokens, length, ids, textOfRow);
                _host.Run(ids.AsSpan(0, rows), batch.Length, vectors.RowRange(0, rows));
                for (int d = 0; d < dictionaries.Count; d++)
                {
                    dictionaries[d].Encode(vectors.RowRange(0, rows), codes[d]);
                    poolers[d].Add(codes[d], textOfRow.AsSpan(0, rows));
                }

                progress?.Report(new EvaluationProgress($"codes of {texts.Source}", start + batch.Length, order.Length));
            }
        }
        finally
        {
            foreach (CsrMatrix matrix in codes) matrix.Dispose();
        }

        return [.. poolers.Select(pooler => pooler.Build())];
    }

    /// <inheritdoc/>
    public void Dispose() => _host.Dispose();

    private int[] Tokenize(string text)
    {
        List<int> ids = [];
        if (_beginning is { } token) ids.Add(token);
        _tokenizer.Encode(text, ids);
        return ids.Count <= _options.Context ? [.. ids] : [.. ids[.._options.Context]];
    }

    private void Fill(ReadOnlySpan<int> batch, int[][] tokens, int length, int[] ids, int[] textOfRow)
    {
        for (int sequence = 0; sequence < batch.Length; sequence++)
        {
            int[] own = tokens[batch[sequence]];
            for (int position = 0; position < length; position++)
            {
                int row = (sequence * length) + position;
                bool real = position < own.Length;
                ids[row] = real ? own[position] : _padding;
                bool special = !real || _tokenizer.IsSpecial(ids[row]) || ids[row] == _beginning;
                textOfRow[row] = special ? -1 : batch[sequence];
            }
        }
    }
}
