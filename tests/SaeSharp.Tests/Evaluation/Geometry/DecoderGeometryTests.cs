using SaeSharp.Dictionaries;
using SaeSharp.Evaluation.Geometry;
using SaeSharp.Numerics;
using SaeSharp.Tests.Interactions;

namespace SaeSharp.Tests.Evaluation.Geometry;

public sealed class DecoderGeometryTests : IDisposable
{
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    /// <summary>Axes of a space: no cosine, all dimensions filled equally. Float32 throughout.</summary>
    [Fact]
    public void Orthogonal_directions_fill_the_space()
    {
        using SparseDictionary dictionary = Linear(8, 8, (f, d) => f == d ? f + 1 : 0);
        DecoderGeometry geometry = DecoderGeometry.Of(dictionary);
        Assert.Equal(0, geometry.Coherence, 1e-7);
        Assert.Equal(0, geometry.MeanSquaredCosine, 1e-12);
        Assert.Equal(8, geometry.EffectiveRank, 1e-5);
        Assert.Equal(8, geometry.ParticipationRatio, 1e-5);
        Assert.Equal(4.5, geometry.Values().Single(value => value.Definition.Name == "direction_norm").Value, 1e-6);
    }

    /// <summary>The three directions of the Mercedes star: |cos| = 1/2 for each pair, a tight frame of the plane.</summary>
    [Fact]
    public void A_tight_frame_has_its_closed_form()
    {
        using SparseDictionary dictionary = Linear(3, 4, (f, d) => d == 0 ? Math.Cos(2 * Math.PI * f / 3) : d == 1 ? Math.Sin(2 * Math.PI * f / 3) : 0);
        DecoderGeometry geometry = DecoderGeometry.Of(dictionary);
        Assert.Equal(0.5, geometry.Coherence, 1e-6);
        Assert.Equal(0.25, geometry.MeanSquaredCosine, 1e-6);
        Assert.Equal(2, geometry.EffectiveRank, 1e-5);
        Assert.Equal([1.5, 1.5, 0, 0], geometry.SingularValues.Select(value => Math.Round(value * value, 5)));
    }

    /// <summary>More latents than a block holds, against brute force; and cos² of random directions is 1/D.</summary>
    [Fact]
    public void Blocks_of_cosines_are_brute_force()
    {
        PhiloxStream random = new(3);
        using SparseDictionary dictionary = Linear(1100, 24, (_, _) => random.NextNormal());
        DecoderGeometry geometry = DecoderGeometry.Of(dictionary);
        Matrix rows = dictionary["W_dec"].Value;
        foreach (int latent in (int[])[0, 500, 1023, 1024, 1099])
        {
            double nearest = 0;
            for (int other = 0; other < 1100; other++)
            {
                if (other == latent) continue;
                double dot = 0;
                for (int d = 0; d < 24; d++) dot += (double)rows[latent, d] * rows[other, d];
                nearest = Math.Max(nearest, Math.Abs(dot) / geometry.Norms[latent] / geometry.Norms[other]);
            }

            Assert.Equal(nearest, geometry.NearestCosine[latent], 1e-5);
        }

        // 604,450 pairs, each cos² with a standard deviation of about √2/D: the mean is within 1e-3 with a wide margin.
        Assert.Equal(1.0 / 24, geometry.MeanSquaredCosine, 1e-3);
    }

    [Fact]
    public void Latents_can_be_chosen_and_zero_directions_are_left_out()
    {
        using SparseDictionary dictionary = Linear(5, 5, (f, d) => f == 4 ? 0 : f == 1 || d == f ? 1 : 0);
        Assert.Equal([0, 1, 2, 3], DecoderGeometry.Of(dictionary).Latents);
        Assert.Equal(1 / Math.Sqrt(5), DecoderGeometry.Of(dictionary).Coherence, 1e-6);
        Assert.Equal(0, DecoderGeometry.Of(dictionary, [0, 2, 3]).Coherence, 1e-7);
    }

    [Fact]
    public void Frequencies_are_shares_of_tokens()
    {
        double[] dense = new double[200 * 4];
        for (int t = 0; t < 200; t++)
        {
            dense[t * 4] = 2;
            if (t % 50 == 0) dense[(t * 4) + 1] = t + 1;
            if (t == 7) dense[(t * 4) + 2] = 1;
        }

        using CsrMatrix codes = GoldMetrics.Codes(dense, 200, 4, _device);
        FiringFrequencies frequencies = new(4);
        frequencies.Add(codes);
        frequencies.Add(codes);
        Assert.Equal([1, 0.02, 0.005, 0], Enumerable.Range(0, 4).Select(frequencies.Frequency));
        Assert.Equal(76, frequencies.MeanWhenFiring(1), 1e-12);
        Assert.Equal([0, 1, 2], frequencies.Alive());
        Assert.Equal([1, 0.25, 0.25, 0.02], frequencies.Values().Select(value => value.Value));
        Assert.Equal([(-2.5, 1), (-2, 1), (0, 1)], frequencies.Histogram());
    }

    private SparseDictionary Linear(int latents, int width, Func<int, int, double> direction)
    {
        DictionarySpec spec = new() { Name = "linear", Latents = latents, Sparsifier = new SparsifierSpec { Kind = SparsifierKind.TopK, K = 1 } };
        SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, width, _device);
        for (int f = 0; f < latents; f++)
            for (int d = 0; d < width; d++) dictionary["W_dec"].Value[f, d] = (float)direction(f, d);
        return dictionary;
    }
}
