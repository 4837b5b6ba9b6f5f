using SaeSharp.Activations.Contexts;
using SaeSharp.Activations.Corpora;
using SaeSharp.Models;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Evaluation.Data;

/// <summary>Held-out text with its host model and hook point: an evaluation set whose vectors stand in their contexts.</summary>
/// <remarks>Contexts are packed, and vectors left out, as the recipe says for training; the median norm is the set's own.</remarks>
public sealed class HeldOutText : IVectorBatches, IDisposable
{
    private readonly DataSpec _data;
    private readonly ForwardPass _pass = new();
    private readonly Matrix _captured;
    private readonly Matrix _kept;
    private int _next;

    /// <summary>Reads contexts and finds out which positions belong to the evaluation set.</summary>
    /// <param name="model">The host model; stays the caller's.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="hook">The hook point.</param>
    /// <param name="data">How contexts are packed and what is left out.</param>
    /// <param name="tokens">Tokens to read, whole contexts; 0: all of the text.</param>
    /// <exception cref="InputException">The text is empty, or the model has no such hook point.</exception>
    public HeldOutText(LanguageModel model, ITokenizer tokenizer, Corpus corpus, HookPoint hook, DataSpec data, long tokens)
    {
        (Model, Hook, _data) = (model, hook, data);
        Width = model.Description.WidthOf(hook);
        Batches = ReadContexts(model, tokenizer, corpus, data, tokens);
        if (Batches.Count == 0) throw new InputException($"The corpus {corpus.Path} holds no text to evaluate on.");
        LargestBatch = Batches.Max(batch => batch.Tokens.Length);
        _captured = model.Device.Allocate(LargestBatch, Width);
        _kept = model.Device.Allocate(LargestBatch, Width);
        Counts = LeaveOut();
    }

    /// <summary>The host model.</summary>
    public LanguageModel Model { get; }

    /// <summary>The hook point.</summary>
    public HookPoint Hook { get; }

    /// <summary>The contexts.</summary>
    public IReadOnlyList<HeldOutBatch> Batches { get; }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public int LargestBatch { get; }

    /// <inheritdoc/>
    public long Count => Batches.Sum(batch => (long)batch.Tokens.Length);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Counts { get; }

    /// <inheritdoc/>
    public void Restart() => _next = 0;

    /// <inheritdoc/>
    public bool TryNext(out MatrixView vectors)
    {
        vectors = default;
        if (_next == Batches.Count) return false;
        HeldOutBatch batch = Batches[_next++];
        vectors = _kept.RowRange(0, batch.Kept.Length);
        if (batch.Kept.Length > 0) Model.Device.GatherRows(Capture(batch), batch.Kept, vectors);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _captured.Dispose();
        _kept.Dispose();
    }

    private static List<HeldOutBatch> ReadContexts(LanguageModel model, ITokenizer tokenizer, Corpus corpus, DataSpec data, long tokens)
    {
        int? separator = model.Description.EndOfText;
        int? first = data.PrependBos ? separator : null;
        if (data.Context > model.Description.ContextLength)
            throw new InputException($"data.context is {data.Context}; the model takes at most {model.Description.ContextLength} tokens.");
        using ContextReader reader = new(corpus, tokenizer, new ContextOptions(data.Context, data.PerDocument, first, separator, Repeat: false));
        int padding = separator ?? 0;
        long most = tokens == 0 ? long.MaxValue : Math.Max(1, tokens / data.Context);
        List<HeldOutBatch> batches = [];
        List<(int[] Tokens, int Length)> contexts = [];
        for (long count = 0; count < most; count++)
        {
            int[] context = new int[data.Context];
            Array.Fill(context, padding);
            int length = reader.Read(context);
            if (length == 0) break;
            contexts.Add((context, length));
            if (contexts.Count == data.ModelBatch) Flush();
        }

        Flush();
        return batches;

        void Flush()
        {
            if (contexts.Count == 0) return;
            int[] all = [.. contexts.SelectMany(context => context.Tokens)];
            bool[] special = [.. all.Select(token => tokenizer.IsSpecial(token) || token == separator)];
            batches.Add(new HeldOutBatch(all, contexts.Count, [.. contexts.Select(context => context.Length)], special));
            contexts.Clear();
        }
    }

    private MatrixView Capture(HeldOutBatch batch)
    {
        MatrixView target = _captured.RowRange(0, batch.Tokens.Length);
        Model.Forward(new TokenBatch(batch.Tokens, batch.Sequences), _pass.Clear().Capture(Hook, target));
        return target;
    }

    private Dictionary<string, long> LeaveOut()
    {
        List<float[]> norms = [];
        using Matrix row = Model.Device.Allocate(1, LargestBatch);
        if (_data.ExcludeNormOutliers)
        {
            foreach (HeldOutBatch batch in Batches)
            {
                Model.Device.RowNorms(Capture(batch), row.LeadingColumns(batch.Tokens.Length));
                norms.Add(row.Row(0)[..batch.Tokens.Length].ToArray());
            }
        }

        double limit = norms.Count == 0 ? double.PositiveInfinity : _data.OutlierFactor * Median(norms);
        long tokens = 0, special = 0, outliers = 0;
        for (int i = 0; i < Batches.Count; i++)
        {
            HeldOutBatch batch = Batches[i];
            List<int> kept = [];
            for (int position = 0; position < batch.Tokens.Length; position++)
            {
                if (batch.IsPadding[position]) continue;
                tokens++;
                if (_data.ExcludeSpecialTokens && batch.IsSpecial[position]) special++;
                else if (norms.Count > 0 && norms[i][position] > limit) outliers++;
                else kept.Add(position);
            }

            batch.Kept = [.. kept];
        }

        return new Dictionary<string, long>
        {
            ["tokens"] = tokens - special - outliers,
            ["special_tokens_excluded"] = special,
            ["norm_outliers_excluded"] = outliers,
        };
    }

    private double Median(List<float[]> norms)
    {
        List<float> candidates = [];
        for (int i = 0; i < Batches.Count; i++)
        {
            for (int position = 0; position < norms[i].Length; position++)
                if (!Batches[i].IsPadding[position] && !(_data.ExcludeSpecialTokens && Batches[i].IsSpecial[position])) candidates.Add(norms[i][position]);
        }

        if (candidates.Count == 0) throw new InputException("The evaluation text holds special tokens only.");
        candidates.Sort();
        return candidates[candidates.Count / 2];
    }
}
