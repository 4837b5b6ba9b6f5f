using SaeSharp.Activations.Capture;
using SaeSharp.Dictionaries;
using SaeSharp.Evaluation.Probing;
using SaeSharp.Models;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Evaluation.Probing;

/// <summary>Texts through the bundled model.</summary>
public sealed class TextEncoderTests : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "assets", "models", "gpt2-tiny");

    private readonly CpuDevice _device = new(2);
    private readonly LanguageModel _model;
    private readonly ITokenizer _tokenizer = TokenizerFile.LoadFolder(Folder);
    private readonly HookPoint _point = HookPoint.Parse("resid_post.1");
    private readonly SparseDictionary _dictionary;
    private readonly ProbeTexts _texts = new("texts", ["a"], ["The whale.", "It is a truth universally acknowledged, that a single man in possession of a good fortune", "x", "Fellow citizens of the Senate<|endoftext|>and"], [0, 0, 0, 0]);

    public TextEncoderTests()
    {
        _model = LanguageModel.Load(Folder, _device);
        DictionarySpec spec = new() { Name = "probe", Latents = 64, Sparsifier = new SparsifierSpec { Kind = SparsifierKind.TopK, K = 5 } };
        _dictionary = SparseDictionary.Create(spec, _model.Description.WidthOf(_point), _device, 1);
    }

    public void Dispose()
    {
        _dictionary.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    /// <summary>Against one text at a time without padding, averaged densely; attention sums in another order, so 1e-4.</summary>
    [Fact]
    public void Codes_are_means_over_the_tokens_that_are_not_special()
    {
        using TextEncoder encoder = new(_model, _tokenizer, _point, new TextCodeOptions { ModelBatch = 3 });
        PooledCodes pooled = encoder.Encode(_texts, [_dictionary])[0];
        using LanguageModelCapture host = new(_model, _point, ownsModel: false);
        int end = _model.Description.EndOfText!.Value;
        for (int t = 0; t < _texts.Count; t++)
        {
            List<int> ids = [end];
            _tokenizer.Encode(_texts.Texts[t], ids);
            using Matrix vectors = _device.Allocate(ids.Count, host.Width);
            host.Run(ids.ToArray(), 1, vectors);
            using CsrMatrix codes = _device.AllocateCsr(ids.Count, 64, 0);
            _dictionary.Encode(vectors, codes);
            double[] mean = new double[64];
            int tokens = ids.Count(id => id != end);
            for (int row = 0; row < ids.Count; row++)
            {
                if (ids[row] == end) continue;
                for (int e = codes.RowPointerSpan[row]; e < codes.RowPointerSpan[row + 1]; e++) mean[codes.ColumnIndexSpan[e]] += codes.ValueSpan[e] / (double)tokens;
            }

            double[] actual = new double[64];
            for (long e = pooled.RowStarts[t]; e < pooled.RowStarts[t + 1]; e++) actual[pooled.RowLatents[e]] = pooled.RowValues[e];
            for (int f = 0; f < 64; f++) Assert.Equal(mean[f], actual[f], 1e-4 * Math.Max(1, mean.Max()));
        }
    }

    [Fact]
    public void Several_dictionaries_share_one_pass_and_long_texts_are_cut()
    {
        using SparseDictionary other = SparseDictionary.Create(_dictionary.Spec with { Latents = 32 }, _dictionary.Width, _device, 2);
        using TextEncoder whole = new(_model, _tokenizer, _point, new TextCodeOptions()), cut = new(_model, _tokenizer, _point, new TextCodeOptions { Context = 2 });
        IReadOnlyList<PooledCodes> both = whole.Encode(_texts, [_dictionary, other]);
        Assert.Equal((64, 32), (both[0].Latents, both[1].Latents));
        Assert.Equal(both[1].RowValues, whole.Encode(_texts, [other])[0].RowValues);
        // One token beside the beginning-of-text token: at most 5 latents a text.
        PooledCodes first = cut.Encode(_texts, [_dictionary])[0];
        for (int t = 0; t < _texts.Count; t++) Assert.InRange(first.RowStarts[t + 1] - first.RowStarts[t], 1, 5);
    }

    [Fact]
    public void What_does_not_fit_the_model_is_refused()
    {
        Assert.Throws<InputException>(() => new TextEncoder(_model, _tokenizer, _point, new TextCodeOptions { Context = 100_000 }));
        Assert.Throws<InputException>(() => new TextEncoder(_model, _tokenizer, _point, new TextCodeOptions { Context = 1 }));
        using SparseDictionary narrow = SparseDictionary.Create(_dictionary.Spec, 8, _device, 1);
        using TextEncoder encoder = new(_model, _tokenizer, _point, new TextCodeOptions());
        Assert.Contains("width 8", Assert.Throws<InputException>(() => encoder.Encode(_texts, [narrow])).Message, StringComparison.Ordinal);
    }
}
