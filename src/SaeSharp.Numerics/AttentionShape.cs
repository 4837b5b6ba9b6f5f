namespace SaeSharp.Numerics;

/// <summary>The sizes of <see cref="Device.CausalAttention"/>.</summary>
/// <param name="Sequences">How many sequences.</param>
/// <param name="Heads">How many heads.</param>
/// <param name="NewTokens">Tokens a sequence that ask.</param>
/// <param name="TotalTokens">Tokens a sequence that are asked about: those that came before, and the new ones, which are last.</param>
/// <param name="KeyStride">Rows between the first keys of two sequences; at least <paramref name="TotalTokens"/>.</param>
/// <param name="Scale">Factor of the scores, usually 1/√(head width).</param>
public readonly record struct AttentionShape(int Sequences, int Heads, int NewTokens, int TotalTokens, int KeyStride, float Scale)
{
    /// <summary>Heads of keys and values, each shared by as many neighbouring query heads; 0 for as many as <see cref="Heads"/>.</summary>
    public int KeyHeads { get; init; }

    /// <summary>Heads of keys and values.</summary>
    internal int KeyHeadsOrAll => KeyHeads == 0 ? Heads : KeyHeads;
}
