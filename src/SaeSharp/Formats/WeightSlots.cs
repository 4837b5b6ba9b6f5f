using SaeSharp.Dictionaries;

namespace SaeSharp.Formats;

/// <summary>The exact tensors of a dictionary's weights file, for each layout.</summary>
internal static class WeightSlots
{
    public const string FileName = "sae_weights.safetensors";

    /// <summary>Lists them.</summary>
    /// <param name="spec">The dictionary.</param>
    /// <param name="width">Width D.</param>
    /// <param name="layout">The layout.</param>
    public static List<WeightSlot> For(DictionarySpec spec, int width, DictionaryLayout layout)
    {
        long latents = spec.Latents;
        List<WeightSlot> slots = [new("W_enc", [width, latents], SlotContent.Transpose, "W_enc"), new("b_dec", [width], SlotContent.Copy, "b_dec")];
        foreach (string bias in (string[])(spec.Encoder.Kind == EncoderKind.Gated ? ["b_gate", "b_mag", "r_mag"] : ["b_enc"]))
            slots.Add(new WeightSlot(bias, [latents], SlotContent.Copy, bias));
        AddThreshold(slots, spec, layout);
        if (spec.Decoder.Kind == DecoderKind.Linear) slots.Add(new WeightSlot("W_dec", [latents, width], SlotContent.Copy, "W_dec"));
        else AddPolynomial(slots, spec, width, layout.IsFork());
        return slots;
    }

    /// <summary>The ranks of all three orders; the published layout wants three whatever the order.</summary>
    public static int[] ThreeRanks(DecoderSpec spec, int width)
    {
        List<int> ranks = [.. spec.Ranks.Count > 0 ? spec.Ranks : DecoderRanks.Resolve(spec, width)];
        while (ranks.Count < 3) ranks.Add(ranks[^1]);
        return [.. ranks.Take(3)];
    }

    /// <summary>Whether inner levels have a linear table of their own.</summary>
    public static bool HasInnerTable(DictionarySpec spec) =>
        spec.Decoder.Kind == DecoderKind.Polynomial && spec.Matryoshka.Widths.Count > 0 && spec.Matryoshka.Inner == MatryoshkaInner.Linear;

    private static void AddThreshold(List<WeightSlot> slots, DictionarySpec spec, DictionaryLayout layout)
    {
        if (spec.Encoder.Kind == EncoderKind.Gated) return;
        if (spec.Sparsifier.Kind == SparsifierKind.JumpRelu)
        {
            slots.Add(spec.Sparsifier.ThresholdParameter == ThresholdParameter.Log
                ? new WeightSlot("threshold", [spec.Latents], SlotContent.Exponential, "log_threshold")
                : new WeightSlot("threshold", [spec.Latents], SlotContent.Copy, "threshold"));
        }
        else if (spec.Sparsifier.Kind == SparsifierKind.BatchTopK)
        {
            bool own = layout == DictionaryLayout.SaeSharp && spec.Decoder.Kind == DecoderKind.Polynomial;
            slots.Add(own || layout.IsTraining()
                ? new WeightSlot("topk_threshold", [], SlotContent.ThresholdScalar)
                : new WeightSlot("threshold", [spec.Latents], SlotContent.CommonThreshold));
        }
    }

    private static void AddPolynomial(List<WeightSlot> slots, DictionarySpec spec, int width, bool fork)
    {
        DecoderSpec decoder = spec.Decoder;
        int[] ranks = ThreeRanks(decoder, width);
        if (HasInnerTable(spec)) slots.Add(new WeightSlot("W_dec", [spec.Latents, width], SlotContent.Copy, "W_dec"));
        else if (fork) slots.Add(new WeightSlot("W_dec", [spec.Latents, width], SlotContent.Directions));
        if (decoder.SharedProjection) slots.Add(new WeightSlot("U_shared", [spec.Latents, ranks[0]], SlotContent.Copy, "U"));
        int column = 0;
        for (int order = 1; order <= 3; order++)
        {
            int rank = ranks[order - 1];
            bool trained = order <= decoder.Order;
            if (trained && !decoder.SharedProjection) slots.Add(new WeightSlot($"U{order}", [spec.Latents, rank], SlotContent.Columns, "U", column));
            else if (fork) slots.Add(new WeightSlot($"U{order}", [spec.Latents, rank], SlotContent.Zeros));
            column += rank;
            if (trained || fork) slots.Add(new WeightSlot($"C{order}", [width, rank], trained ? SlotContent.Copy : SlotContent.Zeros, $"C{order}"));
            if (order > 1 && (trained || fork)) slots.Add(new WeightSlot($"lambda{order}", [], trained ? SlotContent.Copy : SlotContent.Zeros, $"lambda{order}"));
        }
    }
}
