namespace SaeSharp.Dictionaries;

/// <summary>The ranks of a polynomial decoder.</summary>
public static class DecoderRanks
{
    /// <summary>The ranks that a description asks for, one an order; where it names none, the width and a sixteenth of it (at least 4).</summary>
    /// <param name="spec">The description.</param>
    /// <param name="width">Width D of the activations.</param>
    public static IReadOnlyList<int> Resolve(DecoderSpec spec, int width)
    {
        if (spec.Ranks.Count > 0)
        {
            if (spec.Ranks.Count < spec.Order)
                throw new InputException($"ranks has {spec.Ranks.Count} numbers for a decoder of order {spec.Order}; expected one an order.");
            return [.. spec.Ranks.Take(spec.Order)];
        }

        int low = Math.Min(width, Math.Max(4, (width + 15) / 16));
        return [.. new[] { width, low, low }.Take(spec.Order)];
    }
}
