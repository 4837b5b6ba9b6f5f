namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>Feature-major order of the entries of <paramref name="codes"/>.</summary>
    public abstract void Transpose(CsrMatrix codes, CsrTranspose transpose);

    /// <summary>Sparse codes times a dense table: <c>y[b, :] = beta · y[b, :] + Σ_e values[e] · table[column(e), :]</c> over the entries of row b in <paramref name="range"/>.</summary>
    /// <param name="codes">[B, F], gives the pattern.</param>
    /// <param name="values">A value an entry, in CSR order (often <c>codes.ValueSpan</c>).</param>
    /// <param name="table">[F, W]</param>
    /// <param name="y">[B, W]</param>
    /// <param name="range">Only these latents.</param>
    /// <param name="beta">0 overwrites, 1 accumulates.</param>
    /// <remarks>Cost 2·nnz·W FLOP; bound by reading nnz rows of the table, so the work is split in panels of columns that fit the cache.</remarks>
    public abstract void SpMM(CsrMatrix codes, ReadOnlySpan<float> values, MatrixView table, MatrixView y, ColumnRange range, float beta = 0f);

    /// <summary>The needed entries of a product: <c>values[e] = beta · values[e] + ⟨left[row(e), :], table[column(e), :]⟩</c>; entries outside <paramref name="range"/> keep their values.</summary>
    /// <param name="pattern">[B, F]</param>
    /// <param name="left">[B, W]</param>
    /// <param name="table">[F, W]</param>
    /// <param name="values">A value an entry, in CSR order.</param>
    /// <param name="range">Only these latents.</param>
    /// <param name="beta">0 overwrites, 1 accumulates.</param>
    public abstract void SDDMM(CsrMatrix pattern, MatrixView left, MatrixView table, Span<float> values, ColumnRange range, float beta = 0f);

    /// <summary>Transposed sparse times dense, reduced latent by latent: <c>y[f, :] = beta · y[f, :] + Σ_{e of latent f} values[e] · dense[row(e), :]</c>.</summary>
    /// <param name="transpose">The pattern in feature-major order.</param>
    /// <param name="values">A value an entry, in CSR order.</param>
    /// <param name="dense">[B, W]</param>
    /// <param name="y">[F, W]; rows outside <paramref name="range"/> are left alone, rows of latents without entries become <c>beta · y</c>.</param>
    /// <param name="range">Only these latents.</param>
    /// <param name="beta">0 overwrites, 1 accumulates.</param>
    public abstract void SpMMTransposed(CsrTranspose transpose, ReadOnlySpan<float> values, MatrixView dense, MatrixView y, ColumnRange range, float beta = 0f);

    /// <summary><c>sums[0, f] = beta · sums[0, f] + Σ_{e of latent f} values[e]</c>.</summary>
    public abstract void SparseColumnSums(CsrTranspose transpose, ReadOnlySpan<float> values, MatrixView sums, float beta = 0f);
}
