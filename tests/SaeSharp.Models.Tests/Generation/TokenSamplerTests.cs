using SaeSharp.Models.Generation;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Generation;

public sealed class TokenSamplerTests
{
    private static readonly float[] Logits = [1f, 3f, 2f, 3f, -1f, float.NegativeInfinity];

    [Fact]
    public void Draws_follow_the_softmax_at_a_temperature()
    {
        double[] expected = Softmax(Logits, 0.7);
        double[] shares = Shares(new GenerationOptions { Temperature = 0.7 });

        // Four standard deviations of a share of 40,000 draws are at most 0.01.
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], shares[i], 0.01);
        Assert.Equal(0, shares[5]);
    }

    [Fact]
    public void Top_k_leaves_the_k_largest_and_of_equal_ones_the_first()
    {
        Assert.Equal([1], Drawn(new GenerationOptions { Temperature = 1, TopK = 1 }));
        Assert.Equal([1, 3], Drawn(new GenerationOptions { Temperature = 1, TopK = 2 }));
        Assert.Equal([1, 2, 3], Drawn(new GenerationOptions { Temperature = 1, TopK = 3 }));
        Assert.Equal([0, 1, 2, 3, 4], Drawn(new GenerationOptions { Temperature = 1, TopK = 100 }));
    }

    [Fact]
    public void Top_p_leaves_the_fewest_that_have_the_probability()
    {
        double[] p = Softmax(Logits, 1);
        Assert.Equal([1], Drawn(new GenerationOptions { Temperature = 1, TopP = p[1] * 0.99 }));
        Assert.Equal([1, 3], Drawn(new GenerationOptions { Temperature = 1, TopP = p[1] * 1.01 }));
        Assert.Equal([1, 2, 3], Drawn(new GenerationOptions { Temperature = 1, TopP = 2 * p[1] + 0.99 * p[2] }));
        Assert.Equal([1, 3], Drawn(new GenerationOptions { Temperature = 1, TopK = 2, TopP = 0.999 }));
    }

    [Fact]
    public void A_low_temperature_is_nearly_greedy() => Assert.Equal([1, 3], Drawn(new GenerationOptions { Temperature = 0.01 }));

    [Fact]
    public void Logits_that_are_not_numbers_are_refused()
    {
        TokenSampler sampler = new(3);
        Assert.Throws<ArithmeticException>(() => sampler.Sample([float.NaN, float.NaN, float.NaN], new GenerationOptions { Temperature = 1 }, new PhiloxStream(1)));
        Assert.Throws<ArithmeticException>(() => sampler.Sample([1f, float.NaN, 2f], new GenerationOptions { Temperature = 1 }, new PhiloxStream(1)));
        Assert.Throws<ArithmeticException>(() => sampler.Sample([1f, float.PositiveInfinity, 2f], new GenerationOptions { Temperature = 1 }, new PhiloxStream(1)));
    }

    private static int[] Drawn(GenerationOptions options) => [.. Shares(options).Select((share, id) => (share, id)).Where(pair => pair.share > 0).Select(pair => pair.id)];

    private static double[] Shares(GenerationOptions options)
    {
        const int Draws = 40_000;
        TokenSampler sampler = new(Logits.Length);
        PhiloxStream random = new(12);
        double[] shares = new double[Logits.Length];
        for (int i = 0; i < Draws; i++) shares[sampler.Sample(Logits, options, random)] += 1.0 / Draws;
        return shares;
    }

    private static double[] Softmax(float[] logits, double temperature)
    {
        double[] weights = [.. logits.Select(logit => Math.Exp(logit / temperature))];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }
}
