namespace SaeSharp.Numerics.Tests.Random;

public class PhiloxStreamTests
{
    /// <summary>The known-answer vectors that come with Random123 for philox4x32-10.</summary>
    [Theory]
    [InlineData("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8")]
    [InlineData("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd")]
    [InlineData("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1")]
    public void Known_answers_of_Random123_are_met(string counter, string key, string expected)
    {
        uint[] words = Words(counter), keys = Words(key);
        PhiloxStream.Rounds(words, keys[0], keys[1]);
        Assert.Equal<uint[]>(Words(expected), words);
    }

    [Fact]
    public void Counter_holds_position_and_stream_and_key_holds_seed()
    {
        const ulong Seed = 0x299f31d0_a4093822, Stream = 0x03707344_13198a2e;
        var stream = new PhiloxStream(new PhiloxState(Seed, Stream, Position: 0)) { State = new PhiloxState(Seed, Stream, 4 * 0x05a308d3_243f6a88UL) };
        uint[] words = [0x243f6a88, 0x05a308d3, 0x13198a2e, 0x03707344];
        PhiloxStream.Rounds(words, 0xa4093822, 0x299f31d0);
        Assert.Equal<uint[]>(words, [stream.NextUInt32(), stream.NextUInt32(), stream.NextUInt32(), stream.NextUInt32()]);
    }

    [Fact]
    public void Restored_state_goes_on_with_the_same_numbers()
    {
        for (int drawn = 0; drawn < 9; drawn++)
        {
            var stream = new PhiloxStream(7, 3);
            for (int i = 0; i < drawn; i++) stream.NextUInt32();
            var resumed = new PhiloxStream(stream.State);
            for (int i = 0; i < 9; i++) Assert.Equal(stream.NextUInt32(), resumed.NextUInt32());
            Assert.Equal(stream.State, resumed.State);
        }
    }

    [Fact]
    public void Seeds_and_streams_differ()
    {
        ulong[] first = [new PhiloxStream(1).NextUInt64(), new PhiloxStream(2).NextUInt64(), new PhiloxStream(1, 1).NextUInt64(), new PhiloxStream(1, 1UL << 32).NextUInt64()];
        Assert.Equal(4, first.Distinct().Count());
    }

    [Fact]
    public void Uniform_numbers_have_the_right_moments()
    {
        var stream = new PhiloxStream(11);
        var values = new float[200_000];
        stream.FillUniform(values, -1f, 1f);
        Assert.All(values, v => Assert.InRange(v, -1f, 1f));
        // Standard errors are 1.3e-3 and 6.7e-4: bounds at about four of them.
        Assert.InRange(values.Average(v => (double)v), -0.005, 0.005);
        Assert.InRange(values.Average(v => (double)v * v), 1 / 3.0 - 0.003, 1 / 3.0 + 0.003);
        double mean = Enumerable.Range(0, 100_000).Average(_ => stream.NextDouble());
        Assert.InRange(mean, 0.496, 0.504);
    }

    [Fact]
    public void Normal_numbers_have_the_right_moments()
    {
        var stream = new PhiloxStream(12);
        var values = new float[200_001];
        stream.FillNormal(values, 3, 2);
        double mean = values.Average(v => (double)v), variance = values.Average(v => (v - mean) * (v - mean));
        double fourth = values.Average(v => Math.Pow((v - mean) / 2, 4));
        Assert.InRange(mean, 2.98, 3.02);
        Assert.InRange(variance, 3.94, 4.06);
        Assert.InRange(fourth, 2.9, 3.1);
    }

    [Fact]
    public void Bounded_numbers_are_unbiased()
    {
        var stream = new PhiloxStream(13);
        var counts = new int[7];
        for (int i = 0; i < 70_000; i++) counts[stream.NextInt32(7)]++;
        // Standard deviation of a count is 93.
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.InRange(stream.NextInt32(int.MaxValue), 0, int.MaxValue - 1));
    }

    [Fact]
    public void Permutation_holds_every_index_once()
    {
        var values = new int[1000];
        new PhiloxStream(14).Permutation(values);
        Assert.Equal(Enumerable.Range(0, 1000), values.Order());
        Assert.NotEqual(Enumerable.Range(0, 1000), values);
    }

    private static uint[] Words(string text) => [.. text.Split(' ').Select(word => Convert.ToUInt32(word, 16))];
}
