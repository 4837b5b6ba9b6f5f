using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

public class SparseTests
{
    /// <summary>Sums of at most a few hundred products of normal numbers, relative to the largest result.</summary>
    private const double Tolerance = 2e-6;

    private static readonly (int B, int F, int W, int K)[] s_sizes =
        [(1, 1, 1, 1), (7, 5, 3, 5), (33, 40, 16, 8), (50, 300, 65, 20), (40, 90, 193, 17), (20, 64, 770, 30), (5, 700, 31, 400)];

    private static readonly ColumnRange[] s_ranges = [ColumnRange.All, new(0, 3), new(2, 37), new(30, 1000), new(7, 7)];

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Sparse_times_dense_sums_the_rows_of_the_table(SimdLevel level) => ForAll(level, (device, codes, range, beta, w) =>
    {
        using Padded table = Padded.Random(codes.Columns, w, 2);
        using Padded y = Padded.Random(codes.Rows, w, 3);
        double[,] expected = Scaled(y, beta), t = table.ToDoubles();
        ForEach(codes, range, (row, column, e, value) =>
        {
            for (int j = 0; j < w; j++) expected[row, j] += value * t[column, j];
        });
        if (beta == 0f) y.Fill(float.NaN);
        device.SpMM(codes, codes.ValueSpan, table, y, range, beta);
        y.AssertClose(expected, Tolerance);
    });

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Sampled_products_are_the_needed_entries_of_the_dense_one(SimdLevel level) => ForAll(level, (device, codes, range, beta, w) =>
    {
        using Padded table = Padded.Random(codes.Columns, w, 2);
        using Padded left = Padded.Random(codes.Rows, w, 3);
        float[] values = codes.ValueSpan.ToArray();
        double[] expected = [.. values.Select(v => (double)v)];
        double[,] l = left.ToDoubles(), t = table.ToDoubles();
        ForEach(codes, range, (row, column, e, value) =>
        {
            double sum = 0;
            for (int j = 0; j < w; j++) sum += l[row, j] * t[column, j];
            expected[e] = beta * value + sum;
        });
        if (beta == 0f) ForEach(codes, range, (_, _, e, _) => values[e] = float.NaN);
        device.SDDMM(codes, left, table, values, range, beta);
        for (int e = 0; e < values.Length; e++) Assert.Equal(expected[e], values[e], Tolerance * 10 * Math.Sqrt(w));
    });

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Transposed_sparse_times_dense_reduces_by_latent(SimdLevel level) => ForAll(level, (device, codes, range, beta, w) =>
    {
        using var transpose = new CsrTranspose();
        device.Transpose(codes, transpose);
        using Padded dense = Padded.Random(codes.Rows, w, 2);
        using Padded y = Padded.Random(codes.Columns, w, 3);
        double[,] expected = y.ToDoubles(), d = dense.ToDoubles();
        for (int f = range.Start; f < Math.Min(range.End, codes.Columns); f++)
        {
            for (int j = 0; j < w; j++) expected[f, j] *= beta;
            if (beta == 0f) y.View.Row(f).Fill(float.NaN);
        }

        ForEach(codes, range, (row, column, e, value) =>
        {
            for (int j = 0; j < w; j++) expected[column, j] += value * d[row, j];
        });
        device.SpMMTransposed(transpose, codes.ValueSpan, dense, y, range, beta);
        y.AssertClose(expected, Tolerance);
    });

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Sums_by_latent_add_up_all_its_entries(SimdLevel level) => ForAll(level, (device, codes, range, beta, w) =>
    {
        using var transpose = new CsrTranspose();
        device.Transpose(codes, transpose);
        using Padded sums = Padded.Random(1, codes.Columns, 5);
        double[,] expected = Scaled(sums, beta);
        ForEach(codes, ColumnRange.All, (row, column, e, value) => expected[0, column] += value);
        if (beta == 0f) sums.Fill(float.NaN);
        device.SparseColumnSums(transpose, codes.ValueSpan, sums, beta);
        sums.AssertClose(expected, Tolerance);
    });

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(500, 7, 5)]
    [InlineData(2000, 900, 40)]
    [InlineData(100, 20_000, 64)]
    public unsafe void Transpose_lists_the_tokens_of_each_latent_in_order(int rows, int columns, int most)
    {
        CpuDevice device = Levels.Device(CpuDevice.BestLevel);
        using CsrMatrix codes = Codes.Random(device, rows, columns, most, 1);
        using var transpose = new CsrTranspose();
        device.Transpose(codes, transpose);
        var expected = Enumerable.Range(0, columns).Select(_ => new List<(int, int)>()).ToArray();
        ForEach(codes, ColumnRange.All, (row, column, e, _) => expected[column].Add((row, e)));
        Assert.Equal(codes.EntryCount, transpose.EntryCount);
        Assert.Equal(0, transpose.ColumnPointers[0]);
        for (int f = 0; f < columns; f++)
        {
            int start = transpose.ColumnPointers[f];
            Assert.Equal(expected[f].Count, transpose.ColumnPointers[f + 1] - start);
            for (int i = 0; i < expected[f].Count; i++)
                Assert.Equal(expected[f][i], (transpose.RowIndices[start + i], transpose.EntryIndices[start + i]));
        }
    }

    /// <summary>A result larger than the caches is written past them, its halves are not.</summary>
    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Large_results_hold_the_same_bits_as_small_ones(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        const int Latents = 9000, Width = 768;
        using CsrMatrix codes = Codes.Random(device, 200, Latents, 100, 1);
        using var transpose = new CsrTranspose();
        device.Transpose(codes, transpose);
        using Matrix dense = device.Allocate(200, Width), whole = device.Allocate(Latents, Width), halves = device.Allocate(Latents, Width);
        new PhiloxStream(2).FillNormal(dense.AsSpan());
        device.Fill(whole, float.NaN);
        device.SpMMTransposed(transpose, codes.ValueSpan, dense, whole, ColumnRange.All);
        device.SpMMTransposed(transpose, codes.ValueSpan, dense, halves, new ColumnRange(0, 5000));
        device.SpMMTransposed(transpose, codes.ValueSpan, dense, halves, new ColumnRange(5000, Latents));
        Assert.True(whole.AsSpan().SequenceEqual(halves.AsSpan()));
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        CpuDevice device = Levels.Device(SimdLevel.Portable);
        using CsrMatrix codes = Codes.Random(device, 4, 6, 3, 1);
        using var transpose = new CsrTranspose();
        device.Transpose(codes, transpose);
        using Padded table = new(6, 5), y = new(4, 5), wrong = new(5, 5);
        Assert.Throws<ArgumentException>(() => device.SpMM(codes, codes.ValueSpan, wrong, y, ColumnRange.All));
        Assert.Throws<ArgumentException>(() => device.SpMM(codes, codes.ValueSpan, table, wrong, ColumnRange.All));
        Assert.Throws<ArgumentException>(() => device.SpMM(codes, codes.ValueSpan[1..], table, y, ColumnRange.All));
        Assert.Throws<ArgumentException>(() => device.SDDMM(codes, wrong, table, codes.ValueSpan, ColumnRange.All));
        Assert.Throws<ArgumentException>(() => device.SpMMTransposed(transpose, codes.ValueSpan, y, wrong, ColumnRange.All));
        Assert.Throws<ArgumentException>(() => device.SparseColumnSums(transpose, codes.ValueSpan, wrong));
    }

    private static void ForAll(SimdLevel level, Action<CpuDevice, CsrMatrix, ColumnRange, float, int> test)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int b, int f, int w, int k) in s_sizes)
        {
            using CsrMatrix codes = Codes.Random(device, b, f, Math.Min(k, f), 1);
            foreach (ColumnRange range in s_ranges)
            {
                foreach (float beta in new[] { 0f, 1f, -0.5f }) test(device, codes, range, beta, w);
            }
        }
    }

    private static void ForEach(CsrMatrix codes, ColumnRange range, Action<int, int, int, double> visit)
    {
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int e = codes.RowPointerSpan[row]; e < codes.RowPointerSpan[row + 1]; e++)
            {
                int column = codes.ColumnIndexSpan[e];
                if (column >= range.Start && column < range.End) visit(row, column, e, codes.ValueSpan[e]);
            }
        }
    }

    private static double[,] Scaled(Padded y, double beta)
    {
        double[,] result = y.ToDoubles();
        for (int r = 0; r < result.GetLength(0); r++)
        {
            for (int c = 0; c < result.GetLength(1); c++) result[r, c] *= beta;
        }

        return result;
    }
}
