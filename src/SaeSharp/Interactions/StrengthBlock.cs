namespace SaeSharp.Interactions;

/// <summary>Strengths of some rows (latents, or pairs that seed triples) with some latents.</summary>
/// <remarks>Stored latent by latent, which is how the product delivers them.</remarks>
internal readonly ref struct StrengthBlock(int firstRow, int rows, int firstLatent, int latents, ReadOnlySpan<float> values)
{
    public int FirstRow { get; } = firstRow;

    public int Rows { get; } = rows;

    public int FirstLatent { get; } = firstLatent;

    public int Latents { get; } = latents;

    /// <summary>[latents × rows]</summary>
    public ReadOnlySpan<float> Values { get; } = values;
}
