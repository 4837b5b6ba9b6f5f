namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>Root-mean-square normalisation of each row, or of each of its groups of columns: <c>y = x / √(mean x² + epsilon) ∘ (offset + gain)</c>.</summary>
    /// <param name="x">[B, groups · D]</param>
    /// <param name="gain">[1, D], shared by the groups, or [1, groups · D].</param>
    /// <param name="offset">Added to the gain: 1 for norms that store their distance from the identity (Qwen3.5, Gemma), otherwise 0.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="y">As <paramref name="x"/>, and may be x.</param>
    /// <param name="groups">How many groups of columns, e.g. heads; divides the columns.</param>
    /// <remarks>The mean square is accumulated in double.</remarks>
    public abstract void RmsNorm(MatrixView x, MatrixView gain, float offset, float epsilon, MatrixView y, int groups = 1);

    /// <summary>Layer normalisation of each of a row's groups of columns, then an affine map: <c>y = (x − mean) / √(variance + epsilon) ∘ gain + bias</c>.</summary>
    /// <param name="x">[B, groups · D]</param>
    /// <param name="gain">[1, groups · D]</param>
    /// <param name="bias">[1, groups · D]</param>
    /// <param name="groups">How many groups; divides the columns.</param>
    /// <param name="epsilon">Added to the variance, which is over D.</param>
    /// <param name="y">As <paramref name="x"/>, and may be x.</param>
    public abstract void GroupNorm(MatrixView x, MatrixView gain, MatrixView bias, int groups, float epsilon, MatrixView y);

    /// <summary>Scales each head of each row to length <paramref name="scale"/>.</summary>
    /// <param name="x">[B, heads · D]</param>
    /// <param name="heads">How many heads; divides the columns.</param>
    /// <param name="floor">What keeps a head of zeros from a division by zero.</param>
    /// <param name="epsilon">Under the root, <c>x / √(Σx² + epsilon)</c>, or the smallest norm, <c>x / max(‖x‖, epsilon)</c>.</param>
    /// <param name="scale">Multiplies the result.</param>
    /// <param name="y">As <paramref name="x"/>, and may be x.</param>
    public abstract void UnitHeads(MatrixView x, int heads, NormFloor floor, float epsilon, float scale, MatrixView y);

    /// <summary>Rotary position embedding, in place: turns the pairs (i, i + R) of the first 2R values of each head by the angles of the row's position.</summary>
    /// <param name="x">[sequences · length, heads · head width]; row b · length + t is at position <paramref name="firstPosition"/> + t.</param>
    /// <param name="headWidth">Values a head; those behind the first 2R stay.</param>
    /// <param name="length">Rows a sequence.</param>
    /// <param name="firstPosition">Position of the first row of a sequence.</param>
    /// <param name="cosines">[positions, R]</param>
    /// <param name="sines">[positions, R]</param>
    public abstract void Rotate(MatrixView x, int headWidth, int length, int firstPosition, MatrixView cosines, MatrixView sines);

    /// <summary>Gated product: <c>y = f(gate) ∘ x</c>, element by element.</summary>
    /// <param name="activation">f.</param>
    /// <param name="gate">[B, D]</param>
    /// <param name="x">[B, D]</param>
    /// <param name="y">[B, D]; may be x or gate.</param>
    public abstract void Gate(Activation activation, MatrixView gate, MatrixView x, MatrixView y);

    /// <summary><c>y = x ∘ v</c> with the row vector v for each row. y may be x.</summary>
    /// <param name="x">[B, D]</param>
    /// <param name="v">[1, D]</param>
    /// <param name="y">[B, D]</param>
    public abstract void MultiplyRowVector(MatrixView x, MatrixView v, MatrixView y);
}
