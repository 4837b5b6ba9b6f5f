using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

public class GemmTests
{
    /// <summary>Single-precision sums of K products of normal numbers: error grows as √K · 6e-8; largest values as √K too.</summary>
    private const double Tolerance = 2e-6;

    private static readonly (int M, int N, int K)[] s_sizes =
    [
        (1, 1, 1), (1, 48, 16), (1, 100, 33), (1, 768, 2049), (2, 7, 3), (3, 5, 64), (7, 3, 5), (8, 48, 384), (9, 49, 385), (13, 97, 17),
        (31, 16, 100), (64, 64, 64), (100, 3, 200), (17, 300, 1), (257, 130, 770), (40, 33, 1600), (300, 500, 20),
    ];

    public static TheoryData<SimdLevel, GemmShape> Cases
    {
        get
        {
            var cases = new TheoryData<SimdLevel, GemmShape>();
            foreach (SimdLevel level in Enum.GetValues<SimdLevel>().Where(level => level <= CpuDevice.BestLevel))
            {
                foreach (GemmShape shape in Enum.GetValues<GemmShape>()) cases.Add(level, shape);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Product_equals_the_sum_of_products(SimdLevel level, GemmShape shape)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int m, int n, int k) in s_sizes)
        {
            foreach ((float alpha, float beta) in new[] { (1f, 0f), (1f, 1f), (-0.5f, 0f), (2f, 0.25f) })
            {
                using Padded a = shape == GemmShape.TN ? Padded.Random(k, m, 1) : Padded.Random(m, k, 1);
                using Padded b = shape == GemmShape.NT ? Padded.Random(n, k, 2) : Padded.Random(k, n, 2);
                using Padded c = Padded.Random(m, n, 3, gap: 5);
                double[,] expected = Reference(shape, a.ToDoubles(), b.ToDoubles(), c.ToDoubles(), alpha, beta);
                if (beta == 0f) c.Fill(float.NaN);
                device.Gemm(shape, a, b, c, alpha, beta);
                c.AssertClose(expected, Tolerance * Math.Max(1, Math.Abs(alpha)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Packed_operand_gives_the_same_bits_for_slices_of_rows(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int m, int n, int k) in new[] { (300, 200, 770), (64, 64, 64), (5, 131, 4000), (2, 40, 7) })
        {
            foreach (GemmShape shape in new[] { GemmShape.NN, GemmShape.NT })
            {
                using Padded a = Padded.Random(m, k, 4);
                using Padded b = shape == GemmShape.NT ? Padded.Random(n, k, 5) : Padded.Random(k, n, 5);
                using Padded whole = Padded.Random(m, n, 6), sliced = Padded.Random(m, n, 6);
                using var packed = new PackedMatrix();
                device.Gemm(shape, a, b, whole, 1f, 1f);
                device.Pack(shape, b, packed);
                for (int row = 0; row < m; row += 37)
                {
                    int rows = Math.Min(37, m - row);
                    device.GemmPacked(a.View.RowRange(row, rows), packed, sliced.View.RowRange(row, rows), 1f);
                }

                Assert.Equal(whole.ToArray(), sliced.ToArray());
                sliced.AssertGapsUntouched();
            }
        }
    }

    /// <summary>An operand larger than the caches is packed past them.</summary>
    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Large_packed_operand_gives_the_same_bits_as_its_parts(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        const int N = 17_000, K = 500, Part = 960;
        using Matrix a = device.Allocate(3, K), b = device.Allocate(N, K), whole = device.Allocate(3, N), part = device.Allocate(3, Part);
        new PhiloxStream(1).FillUniform(a.AsSpan());
        new PhiloxStream(2).FillUniform(b.AsSpan());
        using var packed = new PackedMatrix();
        device.Pack(GemmShape.NT, b, packed);
        device.GemmPacked(a, packed, whole);
        for (int first = 0; first + Part <= N; first += Part)
        {
            device.Gemm(GemmShape.NT, a, b.RowRange(first, Part), part);
            for (int row = 0; row < 3; row++) Assert.True(whole.Row(row).Slice(first, Part).SequenceEqual(part.Row(row)));
        }
    }

    [Fact]
    public void Empty_inner_dimension_gives_zeros_or_keeps_what_was_there()
    {
        CpuDevice device = Levels.Device(SimdLevel.Portable);
        using var a = new Padded(3, 0);
        using var b = new Padded(0, 4);
        using Padded c = Padded.Random(3, 4, 1);
        double[,] before = c.ToDoubles();
        device.Gemm(GemmShape.NN, a, b, c, 1f, 1f);
        c.AssertClose(before, 0);
        c.Fill(float.NaN);
        device.Gemm(GemmShape.NN, a, b, c);
        c.AssertClose(new double[3, 4], 0);
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        CpuDevice device = Levels.Device(SimdLevel.Portable);
        using var a = new Padded(3, 4);
        using var b = new Padded(5, 6);
        using var c = new Padded(3, 6);
        Assert.Throws<ArgumentException>(() => device.Gemm(GemmShape.NN, a, b, c));
        Assert.Throws<ArgumentException>(() => device.Gemm(GemmShape.NT, a, b, c));
        Assert.Throws<ArgumentException>(() => device.Gemm(GemmShape.TN, a, b, c));
        using var packed = new PackedMatrix();
        Assert.Throws<ArgumentException>(() => device.GemmPacked(a, packed, c));
    }

    internal static double[,] Reference(GemmShape shape, double[,] a, double[,] b, double[,] c, double alpha, double beta)
    {
        int m = c.GetLength(0), n = c.GetLength(1), k = shape == GemmShape.TN ? a.GetLength(0) : a.GetLength(1);
        var result = new double[m, n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int p = 0; p < k; p++) sum += (shape == GemmShape.TN ? a[p, i] : a[i, p]) * (shape == GemmShape.NT ? b[j, p] : b[p, j]);
                result[i, j] = alpha * sum + beta * c[i, j];
            }
        }

        return result;
    }
}
