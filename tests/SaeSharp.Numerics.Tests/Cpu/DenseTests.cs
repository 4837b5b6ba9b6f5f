using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

/// <summary>Element-wise kernels, row operations and reductions.</summary>
public class DenseTests
{
    /// <summary>A few roundings of single precision.</summary>
    private const double Tolerance = 4e-7;

    private static readonly (int Rows, int Columns)[] s_sizes = [(1, 1), (1, 100_003), (3, 7), (16, 16), (33, 65), (200, 769), (5, 40_000)];

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Elementwise_kernels_do_what_they_say(SimdLevel level) => ForAll(level, (device, rows, columns, gap) =>
    {
        using Padded x = Padded.Random(rows, columns, 1, gap), y = Padded.Random(rows, columns, 2, gap), v = Padded.Random(1, columns, 3, gap);
        double[,] dx = x.ToDoubles(), dy = y.ToDoubles(), dv = v.ToDoubles();
        foreach ((float alpha, float beta) in new[] { (1f, 0f), (0.3f, 1f), (-2f, 0.5f), (0f, 2f), (0f, 1f) })
        {
            using Padded z = Padded.Random(rows, columns, 2, gap);
            if (beta == 0f) z.Fill(float.NaN);
            device.Axpby(alpha, x, beta, z);
            z.AssertClose(Map(rows, columns, (r, c) => alpha * dx[r, c] + beta * dy[r, c]), Tolerance);
            device.AddRowVector(x, alpha, v, z);
            z.AssertClose(Map(rows, columns, (r, c) => dx[r, c] + alpha * dv[0, c]), Tolerance);
            device.Copy(y, z);
            device.AddProduct(alpha, x, y, z);
            z.AssertClose(Map(rows, columns, (r, c) => dy[r, c] + alpha * dx[r, c] * dy[r, c]), Tolerance);
        }

        using Padded product = new(rows, columns, gap);
        device.Multiply(x, y, product);
        product.AssertClose(Map(rows, columns, (r, c) => dx[r, c] * dy[r, c]), Tolerance);
        device.Copy(x, product);
        product.AssertClose(dx, 0);
        device.Multiply(product, product, product);
        product.AssertClose(Map(rows, columns, (r, c) => dx[r, c] * dx[r, c]), Tolerance);
        device.Fill(product, 2.5f);
        product.AssertClose(Map(rows, columns, (_, _) => 2.5), 0);
    });

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Reductions_sum_in_double(SimdLevel level) => ForAll(level, (device, rows, columns, gap) =>
    {
        using Padded x = Padded.Random(rows, columns, 1, gap), y = Padded.Random(rows, columns, 2, gap), z = new(rows, columns, gap);
        double[,] dx = x.ToDoubles(), dy = y.ToDoubles();
        double squares = 0, dot = 0, residual = 0;
        var sums = new double[1, columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                squares += dx[r, c] * dx[r, c];
                dot += dx[r, c] * dy[r, c];
                residual += Math.Pow((float)(dx[r, c] - dy[r, c]), 2);
                sums[0, c] += dx[r, c];
            }
        }

        // Sums of up to 200,000 doubles: far below single precision.
        Assert.Equal(squares, device.SumOfSquares(x), 1e-12 * squares);
        Assert.Equal(dot, device.Dot(x, y), 1e-12 * squares);
        Assert.Equal(residual, device.Residual(x, y, 0.5f, z), 1e-12 * residual);
        z.AssertClose(Map(rows, columns, (r, c) => 0.5 * (dx[r, c] - dy[r, c])), Tolerance);
        foreach (float beta in new[] { 0f, 1f, -0.5f })
        {
            using Padded total = Padded.Random(1, columns, 3, gap);
            double[,] before = total.ToDoubles();
            if (beta == 0f) total.Fill(float.NaN);
            device.ColumnSums(x, total, beta);
            total.AssertClose(Map(1, columns, (_, c) => sums[0, c] + beta * before[0, c]), Tolerance);
        }

        Assert.Equal(residual, device.Residual(x, y, 0.5f, x), 1e-12 * residual);
        x.AssertClose(z.ToDoubles(), 0);
    });

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Row_kernels_do_what_they_say(SimdLevel level) => ForAll(level, (device, rows, columns, gap) =>
    {
        using Padded x = Padded.Random(rows, columns, 1, gap), y = Padded.Random(rows, columns, 2, gap), vector = new(1, rows, gap);
        x.View.Row(rows / 2).Clear();
        double[,] dx = x.ToDoubles(), dy = y.ToDoubles();
        double[] xx = Dots(dx, dx), yy = Dots(dy, dy), xy = Dots(dx, dy);
        device.RowNorms(x, vector);
        vector.AssertClose(Map(1, rows, (_, r) => Math.Sqrt(xx[r])), Tolerance);
        device.RowDots(x, y, vector);
        vector.AssertClose(Map(1, rows, (_, r) => xy[r]), Tolerance);

        using Padded gradient = Padded.Random(rows, columns, 2, gap);
        device.ProjectOutRows(gradient, x);
        gradient.AssertClose(Map(rows, columns, (r, c) => dy[r, c] - (xx[r] == 0 ? 0 : xy[r] / xx[r] * dx[r, c])), 2 * Tolerance);
        device.Copy(y, gradient);
        device.ProjectOutRows(gradient, x, 0.25f);
        gradient.AssertClose(Map(rows, columns, (r, c) => dy[r, c] - xy[r] / Math.Pow(Math.Sqrt(xx[r]) + 0.25, 2) * dx[r, c]), 2 * Tolerance);

        using Padded scaled = Padded.Random(rows, columns, 1, gap);
        device.ScaleRows(scaled, vector);
        double[] scales = [.. vector.ToArray()];
        double[,] unscaled = Padded.Random(rows, columns, 1, gap).ToDoubles();
        scaled.AssertClose(Map(rows, columns, (r, c) => unscaled[r, c] * scales[r]), Tolerance);

        device.Copy(x, scaled);
        device.NormalizeRows(scaled);
        scaled.AssertClose(Map(rows, columns, (r, c) => xx[r] == 0 ? 0 : dx[r, c] / Math.Sqrt(xx[r])), Tolerance);
        device.Copy(x, scaled);
        device.NormalizeRows(scaled, 0.5f);
        scaled.AssertClose(Map(rows, columns, (r, c) => dx[r, c] / (Math.Sqrt(xx[r]) + 0.5)), Tolerance);
    });

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Gather_and_scatter_follow_the_indices(SimdLevel level) => ForAll(level, (device, rows, columns, gap) =>
    {
        using Padded x = Padded.Random(rows, columns, 1, gap);
        double[,] dx = x.ToDoubles();
        int[] indices = [.. Enumerable.Range(0, rows).Where(r => r % 2 == 0).Reverse()];
        using Padded some = new(indices.Length, columns, gap);
        device.GatherRows(x, indices, some);
        some.AssertClose(Map(indices.Length, columns, (r, c) => dx[indices[r], c]), 0);
        device.ScatterAddRows(some, indices, x);
        x.AssertClose(Map(rows, columns, (r, c) => (r % 2 == 0 ? 2 : 1) * dx[r, c]), 0);
        Assert.Throws<ArgumentException>(() => device.GatherRows(x, [rows], new Padded(1, columns)));
        Assert.Throws<ArgumentException>(() => device.ScatterAddRows(new Padded(1, columns), [-1], x));
    });

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Rows_are_copied_from_place_to_place(SimdLevel level) => ForAll(level, (device, rows, columns, gap) =>
    {
        using Padded x = Padded.Random(rows, columns, 1, gap);
        using Padded y = Padded.Random(rows + 2, columns, 2, gap);
        double[,] dx = x.ToDoubles(), dy = y.ToDoubles();
        int[] from = [.. Enumerable.Range(0, rows).Select(r => (r * 7 + 1) % rows)];
        int[] to = [.. Enumerable.Range(0, rows).Select(r => rows + 1 - r)];
        device.CopyRows(x, from, y, to);
        y.AssertClose(Map(rows + 2, columns, (r, c) => r < 2 ? dy[r, c] : dx[from[rows + 1 - r], c]), 0);
        Assert.Throws<ArgumentException>(() => device.CopyRows(x, [0], y, [rows + 2]));
        Assert.Throws<ArgumentException>(() => device.CopyRows(x, [-1], y, [0]));
        Assert.Throws<ArgumentException>(() => device.CopyRows(x, [0], y, []));
    });

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Any_value_that_is_not_finite_is_found(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int rows, int columns) in new[] { (1, 1), (5, 33), (40, 1001) })
        {
            using Padded x = Padded.Random(rows, columns, 1, scale: 1e38);
            device.Multiply(x, Ones(rows, columns), x);
            foreach (ref float v in x.View.Row(0)) v = float.MaxValue;
            for (int r = 1; r < rows; r++) foreach (ref float v in x.View.Row(r)) v = Math.Clamp(v, float.MinValue, float.MaxValue);
            Assert.True(device.AllFinite(x));
            foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            {
                foreach (int place in new[] { 0, columns / 2, columns - 1 })
                {
                    ref float value = ref x.View.Row(rows - 1)[place];
                    (float old, value) = (value, bad);
                    Assert.False(device.AllFinite(x));
                    value = old;
                }
            }
        }
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        CpuDevice device = Levels.Device(SimdLevel.Portable);
        using Padded x = new(3, 4), wrong = new(4, 3), row = new(1, 3);
        Assert.Throws<ArgumentException>(() => device.Axpby(1, x, 1, wrong));
        Assert.Throws<ArgumentException>(() => device.Multiply(x, x, wrong));
        Assert.Throws<ArgumentException>(() => device.AddProduct(1, x, wrong, x));
        Assert.Throws<ArgumentException>(() => device.Copy(x, wrong));
        Assert.Throws<ArgumentException>(() => device.AddRowVector(x, 1, row, x));
        Assert.Throws<ArgumentException>(() => device.ColumnSums(x, row));
        Assert.Throws<ArgumentException>(() => device.RowNorms(wrong, row));
        Assert.Throws<ArgumentException>(() => device.Residual(x, wrong, 1, x));
        Assert.Throws<ArgumentException>(() => device.ScaleRows(wrong, row));
        Assert.Throws<ArgumentException>(() => device.ProjectOutRows(x, wrong));
        Assert.Throws<ArgumentException>(() => device.GatherRows(x, [0, 1], x));
    }

    private static void ForAll(SimdLevel level, Action<CpuDevice, int, int, int> test)
    {
        foreach ((int rows, int columns) in s_sizes)
        {
            test(Levels.Device(level), rows, columns, 0);
            test(Levels.Device(level), rows, columns, 3);
        }
    }

    private static Padded Ones(int rows, int columns)
    {
        var ones = new Padded(rows, columns);
        ones.Fill(1f);
        return ones;
    }

    private static double[,] Map(int rows, int columns, Func<int, int, double> value)
    {
        var result = new double[rows, columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++) result[r, c] = value(r, c);
        }

        return result;
    }

    private static double[] Dots(double[,] x, double[,] y)
    {
        var dots = new double[x.GetLength(0)];
        for (int r = 0; r < dots.Length; r++)
        {
            for (int c = 0; c < x.GetLength(1); c++) dots[r] += x[r, c] * y[r, c];
        }

        return dots;
    }
}
