using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

public class AdamTests
{
    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Ten_steps_follow_double_precision(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int rows, int columns) in new[] { (1, 1), (3, 37), (1, 40_000), (50, 769) })
        {
            using Padded w = Padded.Random(rows, columns, 1), m = new(rows, columns), v = new(rows, columns);
            double[,] dw = w.ToDoubles(), dm = m.ToDoubles(), dv = v.ToDoubles(), start = w.ToDoubles();
            for (int t = 1; t <= 10; t++)
            {
                using Padded g = Padded.Random(rows, columns, (ulong)(10 + t), scale: t == 5 ? 1e-6 : 0.1);
                var step = new AdamStep(3e-2f, 0.9, 0.999, 1e-8f, 1 - Math.Pow(0.9, t), 1 - Math.Pow(0.999, t), 0.7f);
                device.Adam(w, g, m, v, step);
                for (int r = 0; r < rows; r++)
                {
                    for (int c = 0; c < columns; c++)
                    {
                        double gradient = g.View[r, c] * 0.7f;
                        dm[r, c] = 0.9 * dm[r, c] + 0.1 * gradient;
                        dv[r, c] = 0.999 * dv[r, c] + 0.001 * gradient * gradient;
                        dw[r, c] -= 3e-2f * (dm[r, c] / step.Correction1) / (Math.Sqrt(dv[r, c] / step.Correction2) + 1e-8f);
                    }
                }
            }

            // Ten updates of at most 0.03, each to a few roundings of single precision; the moments are small, so scaled up.
            w.AssertClose(dw, 5e-7);
            AssertRelative(dm, m, 1e-6);
            AssertRelative(dv, v, 2e-6);
            Assert.NotEqual(start, w.ToDoubles());
        }
    }

    /// <summary>Errors relative to the largest value.</summary>
    private static void AssertRelative(double[,] expected, Padded actual, double tolerance)
    {
        double largest = expected.Cast<double>().Max(Math.Abs), worst = 0;
        for (int r = 0; r < actual.View.Rows; r++)
        {
            for (int c = 0; c < actual.View.Columns; c++) worst = Math.Max(worst, Math.Abs(actual.View[r, c] - expected[r, c]));
        }

        Assert.InRange(worst / largest, 0, tolerance);
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using Padded x = new(3, 4), wrong = new(4, 3);
        CpuDevice device = Levels.Device(SimdLevel.Portable);
        Assert.Throws<ArgumentException>(() => device.Adam(x, wrong, x, x, default));
        Assert.Throws<ArgumentException>(() => device.Adam(x, x, x, wrong, default));
    }
}
