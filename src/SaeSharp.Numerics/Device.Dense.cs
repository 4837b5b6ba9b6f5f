namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>Dense product: <c>C = alpha · op(A) · op(B) + beta · C</c>.</summary>
    /// <param name="shape">Which operand is stored transposed.</param>
    /// <param name="a">[M, K], or [K, M] for <see cref="GemmShape.TN"/>.</param>
    /// <param name="b">[K, N], or [N, K] for <see cref="GemmShape.NT"/>.</param>
    /// <param name="c">[M, N]; with <paramref name="beta"/> = 0 it is overwritten whatever it held, NaN too. Must not overlap a or b.</param>
    /// <param name="alpha">Scale of the product.</param>
    /// <param name="beta">Scale of what <paramref name="c"/> held.</param>
    /// <remarks>Cost 2·M·N·K FLOP.</remarks>
    public abstract void Gemm(GemmShape shape, MatrixView a, MatrixView b, MatrixView c, float alpha = 1f, float beta = 0f);

    /// <summary>Packs a right operand once, for many products with slices of rows (<see cref="GemmPacked"/>).</summary>
    /// <param name="shape"><see cref="GemmShape.NN"/> for b [K, N], <see cref="GemmShape.NT"/> for b [N, K].</param>
    /// <param name="b">The operand.</param>
    /// <param name="packed">Where to; made larger if need be.</param>
    public abstract void Pack(GemmShape shape, MatrixView b, PackedMatrix packed);

    /// <summary><c>C[M,N] = A[M,K] · B + beta · C</c> with an operand from <see cref="Pack"/>; the same numbers as <see cref="Gemm"/>.</summary>
    public abstract void GemmPacked(MatrixView a, PackedMatrix b, MatrixView c, float beta = 0f);

    /// <summary><c>y = x + alpha · v</c> with the row vector v added to each row. y may be x.</summary>
    /// <param name="x">[B, D]</param>
    /// <param name="alpha">Scale of the vector.</param>
    /// <param name="v">[1, D]</param>
    /// <param name="y">[B, D]</param>
    public abstract void AddRowVector(MatrixView x, float alpha, MatrixView v, MatrixView y);

    /// <summary><c>y = alpha · x + beta · y</c>, element by element; x and y of one shape.</summary>
    public abstract void Axpby(float alpha, MatrixView x, float beta, MatrixView y);

    /// <summary><c>z = x ∘ y</c>, element by element; z may be x or y.</summary>
    public abstract void Multiply(MatrixView x, MatrixView y, MatrixView z);

    /// <summary><c>z += alpha · x ∘ y</c>, element by element.</summary>
    public abstract void AddProduct(float alpha, MatrixView x, MatrixView y, MatrixView z);

    /// <summary>Sets every value.</summary>
    public abstract void Fill(MatrixView x, float value);

    /// <summary>Copies x to y (same shape, strides may differ).</summary>
    public abstract void Copy(MatrixView x, MatrixView y);

    /// <summary>Copies rows <c>y[i, :] = x[indices[i], :]</c>.</summary>
    public abstract void GatherRows(MatrixView x, ReadOnlySpan<int> indices, MatrixView y);

    /// <summary>Adds rows <c>y[indices[i], :] += x[i, :]</c>; indices are distinct.</summary>
    public abstract void ScatterAddRows(MatrixView x, ReadOnlySpan<int> indices, MatrixView y);

    /// <summary><c>sums[0, j] = beta · sums[0, j] + Σ_b x[b, j]</c>.</summary>
    public abstract void ColumnSums(MatrixView x, MatrixView sums, float beta = 0f);

    /// <summary>Sum of squares of all values, accumulated in double.</summary>
    public abstract double SumOfSquares(MatrixView x);

    /// <summary>Sum of <c>x ∘ y</c> over all values, accumulated in double.</summary>
    public abstract double Dot(MatrixView x, MatrixView y);

    /// <summary><c>gradient = scale · (reconstruction − target)</c>; gradient may be the reconstruction itself.</summary>
    /// <returns>Σ (reconstruction − target)², accumulated in double.</returns>
    public abstract double Residual(MatrixView reconstruction, MatrixView target, float scale, MatrixView gradient);

    /// <summary><c>norms[0, r] = ‖x[r, :]‖₂</c>; norms is [1, rows].</summary>
    public abstract void RowNorms(MatrixView x, MatrixView norms);

    /// <summary><c>dots[0, r] = ⟨x[r, :], y[r, :]⟩</c>; dots is [1, rows].</summary>
    public abstract void RowDots(MatrixView x, MatrixView y, MatrixView dots);

    /// <summary>Multiplies row r of x by <c>scales[0, r]</c>.</summary>
    public abstract void ScaleRows(MatrixView x, MatrixView scales);

    /// <summary>Divides each row by its norm plus <paramref name="epsilon"/>; rows of norm 0 stay 0 when epsilon is 0.</summary>
    public abstract void NormalizeRows(MatrixView x, float epsilon = 0f);

    /// <summary>Removes from each row of the gradient its part along the same row of the weights: <c>g −= ⟨g, ŵ⟩ ŵ</c>, ŵ = w / (‖w‖ + epsilon).</summary>
    public abstract void ProjectOutRows(MatrixView gradient, MatrixView weights, float epsilon = 0f);

    /// <summary>Whether every value is finite.</summary>
    public abstract bool AllFinite(MatrixView x);

    /// <summary>
    /// Replaces u [F, R] (F ≥ R) by the orthonormal factor Q of its QR factorisation with a positive diagonal of R, by Cholesky-QR;
    /// a second pass runs only when the measured ‖UᵀU − I‖ after the first asks for it.
    /// </summary>
    /// <param name="u">[F, R], full column rank.</param>
    /// <returns>max |UᵀU − I| before the retraction: the drift since the last one.</returns>
    /// <exception cref="ArithmeticException">The columns are linearly dependent to working precision, or not finite.</exception>
    /// <remarks>Section 1.6 of the PolySAE spec: equal to Householder QR with its signs flipped to a positive diagonal. Gram matrix accumulated per block, factorised in double. Cost ≈ 2·F·R² FLOP with the triangles used.</remarks>
    public abstract double Orthonormalize(MatrixView u);
}
