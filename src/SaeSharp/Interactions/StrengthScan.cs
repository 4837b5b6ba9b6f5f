using SaeSharp.Evaluation;
using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>‖Fᵀ(w_i ∘ u_j)‖ for many rows w_i with all latents u_j, block by block.</summary>
/// <remarks>
/// diag(w_i)·F for a few rows side by side makes one right operand, so that a block of latents meets all of them in one product;
/// norms of its segments are the strengths. 2·R·rank FLOP a pair; scratch of about 8 MB, whatever the number of latents.
/// </remarks>
internal static class StrengthScan
{
    private const int LatentsPerBlock = 1024;
    private const int ColumnsPerBlock = 1024;

    /// <param name="device">Where.</param>
    /// <param name="rows">w, [rows, R].</param>
    /// <param name="table">u, [F, R].</param>
    /// <param name="factor">F, [R, rank].</param>
    /// <param name="triangular">Whether rows are the latents themselves, so that blocks left of the diagonal can be left out.</param>
    /// <param name="sink">Takes the strengths.</param>
    /// <param name="progress">Told the pairs done, or null.</param>
    /// <param name="cancel">Stops between blocks.</param>
    public static unsafe void Run(
        Device device, MatrixView rows, MatrixView table, MatrixView factor, bool triangular, IStrengthSink sink,
        IProgress<EvaluationProgress>? progress, CancellationToken cancel)
    {
        int rank = factor.Columns;
        int group = Math.Clamp(ColumnsPerBlock / rank, 1, Math.Max(1, rows.Rows));
        int latents = Math.Min(LatentsPerBlock, table.Rows);
        using Matrix scaled = device.Allocate(factor.Rows, group * rank);
        using Matrix products = device.Allocate(latents, group * rank);
        using Matrix norms = device.Allocate(1, latents * group);
        using PackedMatrix packed = new();
        long total = triangular ? (long)table.Rows * (table.Rows - 1) / 2 : (long)rows.Rows * table.Rows;
        long done = 0;
        for (int row = 0; row < rows.Rows; row += group)
        {
            int count = Math.Min(group, rows.Rows - row);
            MatrixView operand = scaled.LeadingColumns(count * rank);
            for (int i = 0; i < count; i++)
            {
                MatrixView part = operand.ColumnRange(i * rank, rank);
                device.Copy(factor, part);
                device.ScaleRows(part, rows.RowRange(row + i, 1));
            }

            device.Pack(GemmShape.NN, operand, packed);
            for (int first = triangular ? row : 0; first < table.Rows; first += latents)
            {
                cancel.ThrowIfCancellationRequested();
                int width = Math.Min(latents, table.Rows - first);
                MatrixView product = new(products.View.Data, width, count * rank, count * rank);
                device.GemmPacked(table.RowRange(first, width), packed, product);
                MatrixView segments = new(product.Data, width * count, rank, rank);
                MatrixView lengths = norms.LeadingColumns(width * count);
                device.RowNorms(segments, lengths);
                sink.Add(new StrengthBlock(row, count, first, width, lengths.AsSpan()));
                done += (long)width * count;
            }

            progress?.Report(new EvaluationProgress("strengths", Math.Min(done, total), total));
        }
    }
}
