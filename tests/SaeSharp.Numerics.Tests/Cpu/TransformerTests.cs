using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

public class TransformerTests
{
    /// <summary>Single-precision arithmetic on values of order one: a few roundings of 6e-8 each.</summary>
    private const double Tolerance = 1e-6;

    private static readonly int[] s_widths = [1, 3, 15, 16, 17, 48, 192, 769];

    public static TheoryData<SimdLevel, Activation> Activations
    {
        get
        {
            var cases = new TheoryData<SimdLevel, Activation>();
            foreach (SimdLevel level in Enum.GetValues<SimdLevel>().Where(level => level <= CpuDevice.BestLevel))
            {
                foreach (Activation activation in Enum.GetValues<Activation>()) cases.Add(level, activation);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Layer_norm_centres_scales_and_shifts_each_row(SimdLevel level)
    {
        foreach (int width in s_widths)
        {
            using Padded x = Padded.Random(37, width, 1, scale: 3);
            using Padded gain = Padded.Random(1, width, 2);
            using Padded bias = Padded.Random(1, width, 3);
            using Padded y = new(37, width);
            for (int c = 0; c < width; c++) x.View[5, c] += 1000f; // a large mean must not eat the variance
            double[,] expected = new double[37, width];
            for (int r = 0; r < 37; r++)
            {
                double[] row = [.. x.View.Row(r).ToArray().Select(value => (double)value)];
                double mean = row.Average(), variance = row.Sum(value => (value - mean) * (value - mean)) / width;
                for (int c = 0; c < width; c++) expected[r, c] = (row[c] - mean) / Math.Sqrt(variance + 1e-5) * gain.View[0, c] + bias.View[0, c];
            }

            Levels.Device(level).LayerNorm(x, gain, bias, 1e-5f, y);
            y.AssertClose(expected, 2e-5); // the row around 1000 has inputs rounded at 3e-5
            Levels.Device(level).LayerNorm(x, gain, bias, 1e-5f, x);
            Assert.Equal(y.ToArray(), x.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Activations_equal_their_formula(SimdLevel level, Activation activation)
    {
        foreach (int width in s_widths)
        {
            using Padded x = Padded.Random(40, width, 4, scale: 4);
            using Padded bias = Padded.Random(1, width, 5);
            using Padded y = new(40, width);
            double[,] expected = new double[40, width];
            for (int r = 0; r < 40; r++)
            {
                for (int c = 0; c < width; c++) expected[r, c] = Reference(activation, x.View[r, c] + bias.View[0, c]);
            }

            Levels.Device(level).Activate(activation, x, bias, y);
            y.AssertClose(expected, Tolerance);
            Levels.Device(level).Activate(activation, x, bias, x);
            Assert.Equal(y.ToArray(), x.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Activations_hold_over_the_whole_range(SimdLevel level, Activation activation)
    {
        float[] values = [.. Enumerable.Range(-24000, 48001).Select(i => i / 2000f), -1e30f, -100f, -88f, 88f, 100f, 1e30f, 0f, -0f, 1e-30f, -1e-30f];
        using Padded x = new(1, values.Length);
        using Padded bias = new(1, values.Length);
        values.CopyTo(x.View.Row(0));
        Levels.Device(level).Activate(activation, x, bias, x);
        for (int i = 0; i < values.Length; i++)
        {
            double expected = Reference(activation, values[i]);
            if (float.IsInfinity((float)expected))
            {
                Assert.Equal((float)expected, x.View[0, i]);
                continue;
            }

            double allowed = 3e-7 * Math.Max(Math.Abs(expected), 1); // absolute near zero, where x · Φ(x) is a small difference of large factors
            Assert.True(Math.Abs(x.View[0, i] - expected) <= allowed, $"{activation}({values[i]}) is {x.View[0, i]}, expected {expected}");
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Activations_pass_NaN_on(SimdLevel level, Activation activation)
    {
        using Padded x = new(1, 33);
        using Padded bias = new(1, 33);
        x.Fill(float.NaN);
        Levels.Device(level).Activate(activation, x, bias, x);
        Assert.All(x.ToArray(), value => Assert.True(float.IsNaN(value)));
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Cross_entropy_is_the_negative_log_softmax_of_the_target(SimdLevel level)
    {
        foreach (int width in s_widths)
        {
            using Padded x = Padded.Random(9, width, 6, scale: 20);
            int[] targets = [.. Enumerable.Range(0, 9).Select(r => r == 4 ? -1 : r * 7 % width)];
            double[] nats = new double[9];
            Levels.Device(level).CrossEntropy(x, targets, nats);
            for (int r = 0; r < 9; r++)
            {
                double[] row = [.. x.View.Row(r).ToArray().Select(value => (double)value)];
                double expected = r == 4 ? 0 : row.Max() + Math.Log(row.Sum(value => Math.Exp(value - row.Max()))) - row[targets[r]];
                Assert.Equal(expected, nats[r], 1e-12);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Divergence_is_that_of_the_two_softmaxes(SimdLevel level)
    {
        foreach (int width in s_widths)
        {
            using Padded x = Padded.Random(9, width, 7, scale: 4);
            using Padded y = Padded.Random(9, width, 8, scale: 4);
            x.View.Row(3).CopyTo(y.View.Row(3));
            for (int c = 0; c < width; c++) y.View[4, c] = x.View[4, c] + 1e-3f * c / width; // nearly equal: about 1e-7 nats
            double[] nats = new double[9];
            Levels.Device(level).Divergence(x, y, nats);
            for (int r = 0; r < 9; r++)
            {
                double[] p = LogSoftmax(x.View.Row(r)), q = LogSoftmax(y.View.Row(r));
                double expected = p.Zip(q).Sum(pair => Math.Exp(pair.First) * (pair.First - pair.Second));
                Assert.Equal(expected, nats[r], 1e-13);
            }

            Assert.Equal(0.0, nats[3]);
        }
    }

    [Fact]
    public void The_first_of_the_largest_columns_wins()
    {
        CpuDevice device = Levels.Device(SimdLevel.Avx512);
        using Padded x = Padded.Random(4, 101, 9);
        x.View[0, 17] = x.View[0, 60] = 50f;
        x.View[1, 100] = 50f;
        x.View.Row(2).Fill(float.NaN);
        x.View.Row(3).Fill(float.NegativeInfinity);
        int[] columns = new int[4];
        device.ArgMax(x, columns);
        Assert.Equal([17, 100, 0, 0], columns);
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        CpuDevice device = Levels.Device(SimdLevel.Avx512);
        using Padded x = new(4, 8);
        using Padded row = new(1, 8);
        using Padded wrong = new(1, 7);
        Assert.Throws<ArgumentException>(() => device.LayerNorm(x, wrong, row, 1e-5f, x));
        Assert.Throws<ArgumentException>(() => device.LayerNorm(x, row, wrong, 1e-5f, x));
        Assert.Throws<ArgumentException>(() => device.Activate(Activation.Relu, x, wrong, x));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Activate((Activation)99, x, row, x));
        Assert.Throws<ArgumentException>(() => device.CrossEntropy(x, [0, 1, 2, 8], new double[4]));
        Assert.Throws<ArgumentException>(() => device.CrossEntropy(x, [0, 1, 2], new double[4]));
        Assert.Throws<ArgumentException>(() => device.Divergence(x, row, new double[4]));
        Assert.Throws<ArgumentException>(() => device.ArgMax(x, new int[3]));
    }

    private static double[] LogSoftmax(Span<float> row)
    {
        double[] values = [.. row.ToArray().Select(value => (double)value)];
        double sum = values.Max() + Math.Log(values.Sum(value => Math.Exp(value - values.Max())));
        return [.. values.Select(value => value - sum)];
    }

    private static double Reference(Activation activation, double x) => activation switch
    {
        Activation.Relu => Math.Max(0, x),
        Activation.SquaredRelu => Math.Max(0, x) * Math.Max(0, x),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        Activation.Tanh => Math.Tanh(x),
        Activation.Exponential => Math.Exp(Math.Clamp(x, -86, 86)),
        Activation.Identity => x,
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        _ => x * NormalDistribution(x),
    };

    /// <summary>Φ(x): the Taylor series of erf near zero, the continued fraction of erfc in the tails.</summary>
    private static double NormalDistribution(double x)
    {
        double z = Math.Abs(x) / Math.Sqrt(2);
        if (z > 27) return x > 0 ? 1 : 0;
        double upper;
        if (z < 3)
        {
            double term = z, sum = z;
            for (int n = 1; n < 100; n++)
            {
                term *= -z * z / n;
                sum += term / (2 * n + 1);
            }

            upper = 0.5 - sum / Math.Sqrt(Math.PI);
        }
        else
        {
            double fraction = z;
            for (int n = 60; n > 0; n--) fraction = z + n / 2.0 / fraction;
            upper = 0.5 * Math.Exp(-z * z) / Math.Sqrt(Math.PI) / fraction;
        }

        return x > 0 ? 1 - upper : upper;
    }
}
