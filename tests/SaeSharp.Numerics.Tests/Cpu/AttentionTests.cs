using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

public class AttentionTests
{
    /// <summary>Averages of normal values with single-precision weights; scores of order ten.</summary>
    private const double Tolerance = 3e-6;

    public static TheoryData<SimdLevel, AttentionShape, int> Cases
    {
        get
        {
            (AttentionShape Shape, int HeadWidth)[] shapes =
            [
                (new(1, 1, 1, 1, 1, 1f), 4), (new(1, 4, 7, 7, 7, 0.25f), 16), (new(2, 3, 33, 33, 33, 0.2f), 12), (new(3, 2, 130, 130, 130, 0.125f), 64),
                (new(1, 2, 48, 48, 48, 0.3f), 48), (new(1, 2, 49, 49, 60, 0.3f), 50), (new(2, 2, 1, 40, 64, 0.3f), 32), (new(2, 3, 4, 97, 100, 0.3f), 20),
                (new(2, 2, 5, 70, 70, 0.3f), 32), (new(1, 2, 60, 200, 256, 0.3f), 33),
            ];
            var cases = new TheoryData<SimdLevel, AttentionShape, int>();
            foreach (SimdLevel level in Enum.GetValues<SimdLevel>().Where(level => level <= CpuDevice.BestLevel))
            {
                foreach ((AttentionShape shape, int headWidth) in shapes) cases.Add(level, shape, headWidth);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attention_is_the_softmax_of_the_scores_times_the_values(SimdLevel level, AttentionShape shape, int headWidth)
    {
        int width = shape.Heads * headWidth, rows = shape.Sequences * shape.NewTokens;
        using Padded queries = Padded.Random(rows, width, 1);
        using Padded keys = Padded.Random(shape.Sequences * shape.KeyStride, width, 2);
        using Padded values = Padded.Random(shape.Sequences * shape.KeyStride, width, 3);
        using Padded outputs = Padded.Random(rows, width, 4);
        using Padded alone = Padded.Random(rows, width, 5);
        using Padded pattern = Padded.Random(rows * shape.Heads, shape.TotalTokens, 6);
        (double[,] expected, double[,] probabilities) = Reference(shape, headWidth, queries.ToDoubles(), keys.ToDoubles(), values.ToDoubles());

        CpuDevice device = Levels.Device(level);
        device.CausalAttention(shape, queries, keys, values, outputs, pattern);
        outputs.AssertClose(expected, Tolerance);
        pattern.AssertClose(probabilities, Tolerance);

        // Without a pattern, and on one thread: the same numbers.
        using CpuDevice single = new(1, level);
        single.CausalAttention(shape, queries, keys, values, alone);
        Assert.Equal(outputs.ToArray(), alone.ToArray());
    }

    [Fact]
    public void Tokens_after_a_query_do_not_matter_however_large()
    {
        CpuDevice device = Levels.Device(SimdLevel.Avx512);
        AttentionShape shape = new(1, 2, 30, 30, 30, 0.3f);
        using Padded x = Padded.Random(30, 16, 1);
        using Padded before = new(30, 16);
        using Padded after = new(30, 16);
        device.CausalAttention(shape, x, x, x, before);
        for (int row = 20; row < 30; row++) x.View.Row(row).Fill(1e20f);
        device.CausalAttention(shape, x, x, x, after);
        Assert.Equal(before.ToArray()[..(20 * 16)], after.ToArray()[..(20 * 16)]);
    }

    [Fact]
    public void Impossible_shapes_are_refused()
    {
        CpuDevice device = Levels.Device(SimdLevel.Avx512);
        using Padded x = new(6, 12);
        foreach (AttentionShape shape in new AttentionShape[]
        {
            new(1, 5, 6, 6, 6, 1f), new(1, 0, 6, 6, 6, 1f), new(1, 2, 6, 5, 6, 1f), new(1, 2, 6, 6, 5, 1f), new(2, 2, 6, 6, 6, 1f), new(-1, 2, 6, 6, 6, 1f), new(1, 2, 5, 5, 5, 1f),
        })
        {
            Assert.Throws<ArgumentException>(() => device.CausalAttention(shape, x, x, x, x));
        }

        using Padded pattern = new(6, 6);
        Assert.Throws<ArgumentException>(() => device.CausalAttention(new(1, 2, 6, 6, 6, 1f), x, x, x, x, pattern));
    }

    private static (double[,] Outputs, double[,] Pattern) Reference(AttentionShape shape, int headWidth, double[,] queries, double[,] keys, double[,] values)
    {
        double[,] outputs = new double[queries.GetLength(0), queries.GetLength(1)];
        double[,] pattern = new double[queries.GetLength(0) * shape.Heads, shape.TotalTokens];
        for (int sequence = 0; sequence < shape.Sequences; sequence++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                for (int i = 0; i < shape.NewTokens; i++)
                {
                    int row = sequence * shape.NewTokens + i, visible = shape.TotalTokens - shape.NewTokens + i + 1, start = head * headWidth;
                    double[] scores = new double[visible];
                    for (int j = 0; j < visible; j++)
                    {
                        for (int d = 0; d < headWidth; d++) scores[j] += shape.Scale * queries[row, start + d] * keys[sequence * shape.KeyStride + j, start + d];
                    }

                    double largest = scores.Max(), sum = scores.Sum(score => Math.Exp(score - largest));
                    for (int j = 0; j < visible; j++)
                    {
                        double share = Math.Exp(scores[j] - largest) / sum;
                        pattern[(sequence * shape.Heads + head) * shape.NewTokens + i, j] = share;
                        for (int d = 0; d < headWidth; d++) outputs[row, start + d] += share * values[sequence * shape.KeyStride + j, start + d];
                    }
                }
            }
        }

        return (outputs, pattern);
    }
}
