using SaeSharp.Models;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>The tokens that directions in the residual stream promote, read through a model's final norm and unembedding.</summary>
/// <remarks>
/// The residual stream after the last block is set to +d and to −d; half the difference of the logits is reported. That cancels what the
/// final norm's bias says whatever the direction, and asks nothing of the model's family. For directions at earlier layers it shows the direct path only.
/// </remarks>
public static class PromotedTokens
{
    /// <summary>Directions that go through the model together; bounds the logits that are held.</summary>
    private const int Batch = 16;

    /// <summary>Root mean square that directions are scaled to: the final norm's epsilon must not count.</summary>
    private const double Scale = 100;

    /// <summary>The most promoted tokens of each direction, largest first; the suppressed ones are those of −d.</summary>
    /// <param name="model">The host model.</param>
    /// <param name="directions">[m, D]; their length does not matter. A direction of zeros promotes nothing: its list is empty.</param>
    /// <param name="count">Tokens a direction.</param>
    /// <exception cref="InputException">The directions are not as wide as the residual stream.</exception>
    public static IReadOnlyList<IReadOnlyList<PromotedToken>> Of(LanguageModel model, MatrixView directions, int count)
    {
        ModelDescription description = model.Description;
        if (directions.Columns != description.Width)
            throw new InputException($"The directions have width {directions.Columns}; the {description.ModelType} model's residual stream has width {description.Width}.");
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        count = Math.Min(count, description.VocabularySize);
        HookPoint point = new(HookSite.ResidualPost, description.Layers - 1);
        using Matrix stream = model.Device.Allocate(2 * Batch, directions.Columns), logits = model.Device.Allocate(2 * Batch, description.VocabularySize);
        int[] ids = new int[2 * Batch];
        ForwardPass pass = new();
        List<IReadOnlyList<PromotedToken>> promoted = [];
        for (int start = 0; start < directions.Rows; start += Batch)
        {
            int size = Math.Min(Batch, directions.Rows - start);
            MatrixView values = stream.RowRange(0, 2 * size), outputs = logits.RowRange(0, 2 * size);
            for (int i = 0; i < size; i++) Write(directions.Row(start + i), values.Row(2 * i), values.Row((2 * i) + 1));
            model.Forward(new TokenBatch(ids.AsSpan(0, 2 * size), 2 * size), pass.Clear().Edit(point, new ReplaceWith(values)).Logits(outputs));
            for (int i = 0; i < size; i++)
                promoted.Add(values.Row(2 * i).ContainsAnyExcept(0f) ? Largest(outputs.Row(2 * i), outputs.Row((2 * i) + 1), count) : []);
        }

        return promoted;
    }

    private static void Write(ReadOnlySpan<float> direction, Span<float> plus, Span<float> minus)
    {
        double squares = 0;
        foreach (float value in direction) squares += (double)value * value;
        double scale = squares > 0 ? Scale / Math.Sqrt(squares / direction.Length) : 0;
        for (int d = 0; d < direction.Length; d++)
        {
            plus[d] = (float)(scale * direction[d]);
            minus[d] = -plus[d];
        }
    }

    private static PromotedToken[] Largest(ReadOnlySpan<float> plus, ReadOnlySpan<float> minus, int count)
    {
        StrongestList<PromotedToken> list = new(count, (a, b) => a.Logit != b.Logit ? b.Logit.CompareTo(a.Logit) : a.Id.CompareTo(b.Id));
        for (int id = 0; id < plus.Length; id++) list.Offer(new PromotedToken(id, ((double)plus[id] - minus[id]) / 2));
        return list.ToArray();
    }
}
