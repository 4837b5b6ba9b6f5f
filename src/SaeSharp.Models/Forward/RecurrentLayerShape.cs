namespace SaeSharp.Models.Forward;

/// <summary>What a recurrent layer carries from token to token.</summary>
/// <param name="Heads">States a sequence.</param>
/// <param name="KeyWidth">d_k, rows of a state.</param>
/// <param name="ValueWidth">d_v, columns of a state.</param>
/// <param name="WindowRows">Earlier inputs that the layer looks at.</param>
/// <param name="WindowWidth">Width of each.</param>
internal readonly record struct RecurrentLayerShape(int Heads, int KeyWidth, int ValueWidth, int WindowRows, int WindowWidth)
{
    public int StateSize => checked(KeyWidth * ValueWidth);
}
