using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

/// <summary>Norms, gates, rotary positions, convolution and the like against naive loops in double.</summary>
public sealed class TokenMixingTests
{
    private const double Tolerance = 1e-6;
    private const int Rows = 6, Groups = 3, Width = 19, Columns = Groups * Width;

    public static TheoryData<SimdLevel> Available => Levels.Available;

    [Theory]
    [MemberData(nameof(Available))]
    public void Norms_of_groups_equal_their_definitions(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        using Padded x = Padded.Random(Rows, Columns, 1), shared = Padded.Random(1, Width, 2), gain = Padded.Random(1, Columns, 3), bias = Padded.Random(1, Columns, 4), y = new(Rows, Columns);
        const float Epsilon = 0.01f;
        device.RmsNorm(x, shared, 1f, Epsilon, y, Groups);
        y.AssertClose(ByGroup(x, (group, i, values) => values[i] / Math.Sqrt(values.Sum(v => v * v) / Width + Epsilon) * (1 + shared.View[0, i])), Tolerance);
        device.RmsNorm(x, gain, 0f, Epsilon, y, Groups);
        y.AssertClose(ByGroup(x, (group, i, values) => values[i] / Math.Sqrt(values.Sum(v => v * v) / Width + Epsilon) * gain.View[0, group * Width + i]), Tolerance);
        device.GroupNorm(x, gain, bias, Groups, Epsilon, y);
        y.AssertClose(
            ByGroup(x, (group, i, values) =>
            {
                double mean = values.Average(), variance = values.Sum(v => (v - mean) * (v - mean)) / Width;
                return (values[i] - mean) / Math.Sqrt(variance + Epsilon) * gain.View[0, group * Width + i] + bias.View[0, group * Width + i];
            }),
            Tolerance);
        device.UnitHeads(x, Groups, NormFloor.UnderRoot, Epsilon, 0.5f, y);
        y.AssertClose(ByGroup(x, (_, i, values) => 0.5 * values[i] / Math.Sqrt(values.Sum(v => v * v) + Epsilon)), Tolerance);
        device.UnitHeads(x, Groups, NormFloor.LeastNorm, 4.5f, 1f, y);
        y.AssertClose(ByGroup(x, (_, i, values) => values[i] / Math.Max(Math.Sqrt(values.Sum(v => v * v)), 4.5)), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Available))]
    public void Activations_and_gates_equal_their_definitions(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        using Padded x = Padded.Random(Rows, Columns, 1, scale: 3), gate = Padded.Random(Rows, Columns, 2, scale: 3), bias = Padded.Random(1, Columns, 3), y = new(Rows, Columns);
        (Activation Kind, Func<double, double> Function)[] functions =
        [
            (Activation.SquaredRelu, v => Math.Max(v, 0) * Math.Max(v, 0)),
            (Activation.Silu, v => v / (1 + Math.Exp(-v))),
            (Activation.Sigmoid, v => 1 / (1 + Math.Exp(-v))),
            (Activation.Tanh, Math.Tanh),
            (Activation.Exponential, Math.Exp),
            (Activation.Identity, v => v),
            (Activation.Relu, v => Math.Max(v, 0)),
        ];
        foreach ((Activation kind, Func<double, double> function) in functions)
        {
            device.Gate(kind, gate, x, y);
            y.AssertClose(Each((r, c) => function(gate.View[r, c]) * x.View[r, c]), Tolerance);
            device.Activate(kind, x, default, y);
            y.AssertClose(Each((r, c) => function(x.View[r, c])), Tolerance);
            device.Activate(kind, x, bias, y);
            y.AssertClose(Each((r, c) => function((double)x.View[r, c] + bias.View[0, c])), Tolerance);
        }

        device.MultiplyRowVector(x, bias, y);
        y.AssertClose(Each((r, c) => (double)x.View[r, c] * bias.View[0, c]), Tolerance);
        device.AddScaledHeads(x, bias.View.LeadingColumns(Groups), y);
        y.AssertClose(Each((r, c) => (double)x.View[r, c] * bias.View[0, c] + (double)x.View[r, c] * bias.View[0, c / Width]), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Available))]
    public void Rotation_turns_pairs_by_the_angle_of_their_position(SimdLevel level)
    {
        const int Half = 4, First = 3, Length = 3;
        using Padded x = Padded.Random(Rows, Columns, 1), cos = Padded.Random(9, Half, 2), sin = Padded.Random(9, Half, 3);
        double[,] expected = ByGroup(x, (_, i, values) => values[i]);
        for (int r = 0; r < Rows; r++)
        {
            int position = First + r % Length;
            for (int head = 0; head < Columns; head += Width)
            {
                for (int i = 0; i < Half; i++)
                {
                    (double a, double b) = (x.View[r, head + i], x.View[r, head + i + Half]);
                    expected[r, head + i] = a * cos.View[position, i] - b * sin.View[position, i];
                    expected[r, head + i + Half] = b * cos.View[position, i] + a * sin.View[position, i];
                }
            }
        }

        Levels.Device(level).Rotate(x, Width, Length, First, cos, sin);
        x.AssertClose(expected, Tolerance);
        Assert.Throws<ArgumentException>(() => Levels.Device(level).Rotate(x, Width, Length, 7, cos, sin));
    }

    [Theory]
    [MemberData(nameof(Available))]
    public void A_convolution_in_pieces_equals_its_definition(SimdLevel level)
    {
        const int Sequences = 2, Length = 9, Taps = 4;
        CpuDevice device = Levels.Device(level);
        using Padded whole = Padded.Random(Sequences * Length, Columns, 1), weights = Padded.Random(Taps, Columns, 2), bias = Padded.Random(1, Columns, 3);
        foreach (int[] pieces in (int[][])[[9], [2, 1, 6], [1, 1, 1, 1, 5]])
        {
            using Padded window = new(Sequences * (Taps - 1), Columns);
            int first = 0;
            foreach (int count in pieces)
            {
                using Padded x = new(Sequences * count, Columns), y = new(Sequences * count, Columns);
                for (int r = 0; r < Sequences * count; r++) whole.View.Row(r / count * Length + first + r % count).CopyTo(x.View.Row(r));
                device.CausalConvolution(Activation.Silu, Sequences, x, weights, bias, window, y);
                int start = first;
                y.AssertClose(Each(Sequences * count, Columns, (r, c) =>
                {
                    double sum = bias.View[0, c];
                    for (int back = 0; back < Taps; back++)
                    {
                        int token = start + r % count - back;
                        if (token >= 0) sum += (double)whole.View[r / count * Length + token, c] * weights.View[Taps - 1 - back, c];
                    }

                    return sum / (1 + Math.Exp(-sum));
                }), Tolerance);
                first += count;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Available))]
    public void Step_sizes_shifts_and_agreements_equal_their_definitions(SimdLevel level)
    {
        const int Sequences = 2;
        CpuDevice device = Levels.Device(level);
        using Padded x = Padded.Random(Rows, Columns, 1, scale: 12), bias = Padded.Random(1, Columns, 2), rate = Padded.Random(1, Columns, 3), steps = new(Rows, Columns), logs = new(Rows, Columns);
        double Step(int r, int c) => Math.Clamp(Math.Log(1 + Math.Exp((double)x.View[r, c] + bias.View[0, c])), 0.1, 8);
        device.StepSizes(x, bias, rate, 0.1f, 8f, steps, logs);
        steps.AssertClose(Each(Step), Tolerance);
        logs.AssertClose(Each((r, c) => rate.View[0, c] * Step(r, c)), Tolerance);

        using Padded previous = Padded.Random(Sequences, Columns, 4), y = new(Rows, Columns);
        device.ShiftTokens(Sequences, x, previous, bias, y);
        y.AssertClose(Each((r, c) =>
        {
            double before = r % (Rows / Sequences) > 0 ? x.View[r - 1, c] : previous.View[r / (Rows / Sequences), c];
            return x.View[r, c] + (before - x.View[r, c]) * bias.View[0, c];
        }), Tolerance);

        using Padded q = Padded.Random(Rows, Columns, 5), k = Padded.Random(Rows, Columns, 6), v = Padded.Random(Rows, Groups * 5, 7), o = new(Rows, Groups * 5);
        o.Fill(1f);
        device.AddAgreement(q, k, rate, v, Groups, o);
        o.AssertClose(Each(Rows, Groups * 5, (r, c) =>
        {
            double sum = 0;
            for (int i = c / 5 * Width; i < (c / 5 + 1) * Width; i++) sum += (double)q.View[r, i] * k.View[r, i] * rate.View[0, i];
            return 1 + sum * v.View[r, c];
        }), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Available))]
    public void Attention_with_shared_keys_equals_attention_with_repeated_ones(SimdLevel level)
    {
        const int Sequences = 2, Length = 11, Heads = 4, KeyHeads = 2, HeadWidth = 8;
        CpuDevice device = Levels.Device(level);
        using Padded q = Padded.Random(Sequences * Length, Heads * HeadWidth, 1), k = Padded.Random(Sequences * Length, KeyHeads * HeadWidth, 2), v = Padded.Random(Sequences * Length, KeyHeads * HeadWidth, 3);
        using Padded wideK = new(Sequences * Length, Heads * HeadWidth), wideV = new(Sequences * Length, Heads * HeadWidth), expected = new(Sequences * Length, Heads * HeadWidth), actual = new(Sequences * Length, Heads * HeadWidth);
        device.RepeatHeads(k, KeyHeads, wideK);
        device.RepeatHeads(v, KeyHeads, wideV);
        AttentionShape shape = new(Sequences, Heads, Length, Length, Length, 0.3f);
        device.CausalAttention(shape, q, wideK, wideV, expected);
        device.CausalAttention(shape with { KeyHeads = KeyHeads }, q, k, v, actual);
        actual.AssertClose(expected.ToDoubles(), 0);
    }

    private static double[,] Each(Func<int, int, double> function) => Each(Rows, Columns, function);

    private static double[,] Each(int rows, int columns, Func<int, int, double> function)
    {
        double[,] result = new double[rows, columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++) result[r, c] = function(r, c);
        }

        return result;
    }

    private static double[,] ByGroup(Padded x, Func<int, int, double[], double> function)
    {
        double[,] copy = x.ToDoubles();
        return Each((r, c) => function(c / Width, c % Width, [.. Enumerable.Range(c / Width * Width, Width).Select(i => copy[r, i])]));
    }
}
