using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

public class OrthonormalizeTests
{
    private static readonly (int Rows, int Columns)[] s_sizes = [(1, 1), (5, 3), (48, 16), (100, 100), (300, 65), (1000, 130), (900, 193)];

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Random_columns_become_the_orthonormal_factor_with_positive_diagonal(SimdLevel level)
    {
        foreach ((int rows, int columns) in s_sizes)
        {
            using Padded u = Padded.Random(rows, columns, 1, scale: 3);
            // Square random matrices are badly conditioned (κ about the order): the error of single-precision input allows 1e-7 · κ.
            Check(Levels.Device(level), u, rows == columns ? 2e-5 : 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Slight_drift_is_taken_back_in_one_pass(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int rows, int columns) in s_sizes)
        {
            using Padded u = Padded.Random(rows, columns, 2), noise = Padded.Random(rows, columns, 3, scale: 1e-4);
            device.Orthonormalize(u);
            device.Axpby(1f, noise, 1f, u);
            double[,] before = u.ToDoubles();
            double drift = Check(device, u, 1e-6);
            Assert.Equal(Drift(before), drift, 1e-6);
            Assert.InRange(drift, 1e-6, 1e-2);
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Columns_of_very_different_lengths_are_no_trouble(SimdLevel level)
    {
        foreach (double factor in new[] { 1e-15, 1e-3, 1e15 })
        {
            using Padded u = Padded.Random(200, 40, 4);
            for (int r = 0; r < 200; r++)
            {
                for (int c = 0; c < 40; c++) u.View[r, c] *= (float)Math.Pow(factor, c / 40.0 + (c % 2));
            }

            Check(Levels.Device(level), u, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Nearly_dependent_columns_still_match(SimdLevel level)
    {
        foreach (double distance in new[] { 1e-1, 1e-2, 1e-3, 1e-4, 1e-5 })
        {
            using Padded u = Padded.Random(400, 70, 5);
            for (int r = 0; r < 400; r++)
            {
                for (int c = 1; c < 70; c += 2) u.View[r, c] = (float)(u.View[r, c - 1] + distance * u.View[r, c]);
            }

            // Computed in double: what is left is the rounding of the result.
            Check(Levels.Device(level), u, 2e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Leading_columns_do_not_depend_on_later_ones(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        using Padded whole = Padded.Random(200, 60, 6), part = Padded.Random(200, 60, 6);
        device.Orthonormalize(whole);
        device.Orthonormalize(part.View.LeadingColumns(17));
        for (int r = 0; r < 200; r++)
        {
            // Blocks of 64 columns are summed alike, so only the second pass's rounding is between them.
            for (int c = 0; c < 17; c++) Assert.Equal(whole.View[r, c], part.View[r, c], 1e-6f);
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Dependent_columns_and_values_that_are_not_finite_are_refused(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        using Padded twice = Padded.Random(50, 10, 7), zero = Padded.Random(50, 10, 7), bad = Padded.Random(50, 10, 7), wide = Padded.Random(5, 6, 7);
        for (int r = 0; r < 50; r++)
        {
            twice.View[r, 8] = -2 * twice.View[r, 3];
            zero.View[r, 4] = 0;
        }

        bad.View[20, 5] = float.NaN;
        Assert.Throws<ArithmeticException>(() => device.Orthonormalize(twice));
        Assert.Throws<ArithmeticException>(() => device.Orthonormalize(zero));
        Assert.Throws<ArithmeticException>(() => device.Orthonormalize(bad));
        bad.View[20, 5] = float.PositiveInfinity;
        Assert.Throws<ArithmeticException>(() => device.Orthonormalize(bad));
        Assert.Throws<ArgumentException>(() => device.Orthonormalize(wide));
    }

    /// <summary>What PolySAE's published code makes of the same matrices, in double (shared reference vectors, case polysae/utilities).</summary>
    [Theory]
    [InlineData("qr.after_adam_like_step")]
    [InlineData("qr.ill_conditioned")]
    public void Published_retraction_is_met(string name)
    {
        var gold = GoldFile.Load("polysae/utilities.safetensors");
        foreach (SimdLevel level in Enum.GetValues<SimdLevel>())
        {
            using Padded u = gold.Matrix(name);
            double[,] expected = gold.Doubles($"f64.{name}.result");
            Levels.Device(level).Orthonormalize(u);
            // The reference set's own float32 tolerance is 1e-5; its float32 run of the same code is 3e-7 away.
            u.AssertClose(expected, 5e-7);
        }
    }

    private static double Check(CpuDevice device, Padded u, double tolerance)
    {
        double[,] expected = GramSchmidt(u.ToDoubles());
        double drift = device.Orthonormalize(u);
        u.AssertGapsUntouched();
        double worst = 0;
        for (int r = 0; r < expected.GetLength(0); r++)
        {
            for (int c = 0; c < expected.GetLength(1); c++) worst = Math.Max(worst, Math.Abs(expected[r, c] - u.View[r, c]));
        }

        Assert.True(worst <= tolerance, $"{u.View}: largest error {worst:g3}");
        // Rounding of the result itself: about 6e-8 · √columns.
        Assert.InRange(Drift(u.ToDoubles()), 0, 2e-6);
        return drift;
    }

    /// <summary>Modified Gram–Schmidt in double, twice: as good as Householder, with positive diagonal.</summary>
    internal static double[,] GramSchmidt(double[,] a)
    {
        int rows = a.GetLength(0), columns = a.GetLength(1);
        var q = (double[,])a.Clone();
        for (int j = 0; j < columns; j++)
        {
            for (int round = 0; round < 2; round++)
            {
                for (int i = 0; i < j; i++)
                {
                    double along = 0;
                    for (int r = 0; r < rows; r++) along += q[r, i] * q[r, j];
                    for (int r = 0; r < rows; r++) q[r, j] -= along * q[r, i];
                }
            }

            double length = 0;
            for (int r = 0; r < rows; r++) length += q[r, j] * q[r, j];
            for (int r = 0; r < rows; r++) q[r, j] /= Math.Sqrt(length);
        }

        return q;
    }

    private static double Drift(double[,] q)
    {
        double drift = 0;
        for (int i = 0; i < q.GetLength(1); i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double dot = 0;
                for (int r = 0; r < q.GetLength(0); r++) dot += q[r, i] * q[r, j];
                drift = Math.Max(drift, Math.Abs(dot - (i == j ? 1 : 0)));
            }
        }

        return drift;
    }
}
