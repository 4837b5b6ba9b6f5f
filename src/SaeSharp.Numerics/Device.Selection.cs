namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>Keeps the k largest scores of each row and appends them to <paramref name="codes"/> as rows <paramref name="firstRow"/> ….</summary>
    /// <param name="scores">[rows, F], one slice of a batch.</param>
    /// <param name="bias">[1, F] added to the scores first, or an empty view (<c>default</c>).</param>
    /// <param name="weights">[1, F] positive; decides the order as <c>weight · score</c> while the plain score is stored; or an empty view.</param>
    /// <param name="k">Number kept a row, at most F.</param>
    /// <param name="firstRow">Row of the batch that the slice begins with; earlier rows are already there.</param>
    /// <param name="codes">Scores that are not positive are left out, so a row may get fewer than k entries. Capacity grows if need be.</param>
    /// <remarks>Ties go to the smaller index. NaN scores are never kept.</remarks>
    public abstract void SelectTopK(MatrixView scores, MatrixView bias, MatrixView weights, int k, int firstRow, CsrMatrix codes);

    /// <summary>Appends every score above its threshold: <c>weight · (score + bias) &gt; threshold</c>; stores score + bias.</summary>
    /// <param name="scores">[rows, F], one slice of a batch.</param>
    /// <param name="bias">[1, F] or an empty view.</param>
    /// <param name="weights">[1, F] positive, or an empty view.</param>
    /// <param name="thresholds">[1, F], one a latent, or [1, 1] for all.</param>
    /// <param name="firstRow">Row of the batch that the slice begins with.</param>
    /// <param name="codes">Grows if need be.</param>
    public abstract void SelectAbove(MatrixView scores, MatrixView bias, MatrixView weights, MatrixView thresholds, int firstRow, CsrMatrix codes);

    /// <summary>The k-th largest of the values (k from 1), by radix select.</summary>
    public abstract float KthLargest(ReadOnlySpan<float> values, int k);

    /// <summary>
    /// Drops entries until the <paramref name="keep"/> largest keys are left (all, if there are fewer);
    /// the key of an entry is its value, times the latent's weight if weights are given. Ties go to the earlier row, then the smaller latent.
    /// </summary>
    /// <param name="codes">Compacted in place; only its first <paramref name="rows"/> rows are filled so far.</param>
    /// <param name="weights">[1, F] or an empty view.</param>
    /// <param name="rows">How many rows have been appended.</param>
    /// <param name="keep">How many entries may stay.</param>
    /// <returns>The smallest key that stayed (+∞ if none).</returns>
    public abstract float Prune(CsrMatrix codes, MatrixView weights, int rows, int keep);

    /// <summary>Sets all but the k largest values of each row to zero, in place; ties go to the smaller index. Kept values may be negative.</summary>
    public abstract void KeepTopK(MatrixView scores, int k);
}
