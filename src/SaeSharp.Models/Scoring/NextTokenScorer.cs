using SaeSharp.Models.Forward;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Scoring;

/// <summary>Losses of a model's next-token predictions, from captured values of <c>ln_final</c>; logits are made a slice of rows at a time.</summary>
/// <remarks>All logits of a batch of 2,048 tokens of GPT-2 would be 412 MB; a slice is about 50. Not for several threads at once.</remarks>
public sealed class NextTokenScorer : IDisposable
{
    private const int SliceValues = 1 << 24;
    private const int MostSliceRows = 1024;

    private readonly LanguageModel _model;
    private readonly Matrix _logits;
    private Matrix? _otherLogits;

    /// <summary>A scorer for a model.</summary>
    public NextTokenScorer(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        int vocabulary = model.Description.VocabularySize;
        _logits = model.Device.Allocate(Math.Clamp(SliceValues / vocabulary, 1, MostSliceRows), vocabulary);
    }

    /// <summary>The token that follows each one; −1 after the last of a sequence.</summary>
    /// <param name="tokens">The batch.</param>
    /// <param name="targets">[B·T]</param>
    public static void Targets(TokenBatch tokens, Span<int> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, tokens.Ids.Length);
        tokens.Ids[1..].CopyTo(targets);
        for (int end = tokens.Length; end <= targets.Length; end += tokens.Length) targets[end - 1] = -1;
    }

    /// <summary>Negative log-likelihood of a target at each row, in nats.</summary>
    /// <param name="finalNorm">[rows, width]: values of <c>ln_final</c>.</param>
    /// <param name="targets">[rows]; negative ones are skipped and get 0.</param>
    /// <param name="nats">[rows]</param>
    public void CrossEntropy(MatrixView finalNorm, ReadOnlySpan<int> targets, Span<double> nats)
    {
        for (int start = 0; start < finalNorm.Rows; start += _logits.Rows)
        {
            int count = Math.Min(_logits.Rows, finalNorm.Rows - start);
            MatrixView logits = _logits.RowRange(0, count);
            _model.Unembed(finalNorm.RowRange(start, count), logits);
            _model.Device.CrossEntropy(logits, targets.Slice(start, count), nats.Slice(start, count));
        }
    }

    /// <summary>KL divergence of the predictions at each row from other ones, in nats: how much the other ones lose.</summary>
    /// <param name="baseNorm">[rows, width]: values of <c>ln_final</c> that give p.</param>
    /// <param name="otherNorm">[rows, width]: values of <c>ln_final</c> that give q in KL(p ‖ q).</param>
    /// <param name="nats">[rows]</param>
    public void Divergence(MatrixView baseNorm, MatrixView otherNorm, Span<double> nats)
    {
        _otherLogits ??= _model.Device.Allocate(_logits.Rows, _logits.Columns);
        for (int start = 0; start < baseNorm.Rows; start += _logits.Rows)
        {
            int count = Math.Min(_logits.Rows, baseNorm.Rows - start);
            MatrixView logits = _logits.RowRange(0, count), other = _otherLogits.RowRange(0, count);
            _model.Unembed(baseNorm.RowRange(start, count), logits);
            _model.Unembed(otherNorm.RowRange(start, count), other);
            _model.Device.Divergence(logits, other, nats.Slice(start, count));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _logits.Dispose();
        _otherLogits?.Dispose();
    }
}
