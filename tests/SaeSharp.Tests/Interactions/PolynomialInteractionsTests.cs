using SaeSharp.Dictionaries;
using SaeSharp.Interactions;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Tests.Formats;

namespace SaeSharp.Tests.Interactions;

public sealed class PolynomialInteractionsTests : IDisposable
{
    private readonly CpuDevice _device = new();

    public void Dispose() => _device.Dispose();

    /// <summary>Single strengths are computed in double from float32 weights: the gold's tolerance for double, 1e-9, holds.</summary>
    [Fact]
    public void Strengths_and_directions_are_the_reference_values()
    {
        using SafetensorsFile model = GoldMetrics.Tensors("reconstruction"), gold = GoldMetrics.Tensors("interactions");
        using SparseDictionary dictionary = GoldMetrics.Dictionary(model, "model.", _device);
        using PolynomialInteractions interactions = new(dictionary);
        double[] pairs = gold.ReadFloat64("f64.pair_strength");
        for (int i = 0; i < 48; i++)
            for (int j = 0; j < 48; j++) Assert.Equal(pairs[(i * 48) + j], interactions.PairStrength(i, j), 1e-9 * pairs.Max());
        long[] triples = gold.ReadInt64("triples");
        double[] strengths = gold.ReadFloat64("f64.triple_strength");
        for (int t = 0; t < strengths.Length; t++)
            Assert.Equal(strengths[t], interactions.TripleStrength((int)triples[3 * t], (int)triples[(3 * t) + 1], (int)triples[(3 * t) + 2]), 1e-9 * strengths.Max());
        double[] expected = gold.ReadFloat64("f64.pair_direction_3_5");
        float[] direction = new float[16];
        interactions.PairDirection(3, 5, direction);
        for (int d = 0; d < 16; d++) Assert.Equal(expected[d], direction[d], 1e-7); // rounded to float32
    }

    /// <summary>∂x̂/∂z at a token, against autograd through the published decoder; float32 GEMM, so the gold's 1e-5 of the largest value.</summary>
    [Fact]
    public void Marginal_directions_are_the_derivative_of_the_published_decoder()
    {
        using SafetensorsFile gold = GoldMetrics.Tensors("utilities");
        using SparseDictionary dictionary = GoldMetrics.Dictionary(gold, "init.", _device);
        using PolynomialInteractions interactions = new(dictionary);
        using CsrMatrix codes = GoldMetrics.Codes(gold.ReadFloat64("f64.codes"), 32, 48, _device);
        using Matrix directions = _device.Allocate(48, 16);
        interactions.MarginalDirections(codes, 0, [.. Enumerable.Range(0, 48)], directions);
        double[] jacobian = gold.ReadFloat64("f64.jacobian_token0");
        double largest = jacobian.Max(Math.Abs);
        for (int i = 0; i < 48; i++)
            for (int d = 0; d < 16; d++) Assert.Equal(jacobian[(d * 48) + i], directions[i, d], 1e-5 * largest);
    }

    /// <summary>Every pair and triple summed up, self terms included, is the decoder. Sums of float32 outputs: 1e-5 of the largest.</summary>
    [Fact]
    public void The_expansion_into_pairs_and_triples_is_the_decoder()
    {
        using SparseDictionary dictionary = Published(12, 6, [6, 4, 3]);
        using PolynomialInteractions interactions = new(dictionary);
        double[] z = [0.5, 0, 1.5, 0, 0, 2, 0.25, 0, 0, 0, 1, 0];
        using CsrMatrix codes = GoldMetrics.Codes(z, 1, 12, _device);
        using Matrix decoded = _device.Allocate(1, 6), alpha = _device.Allocate(12, 6);
        dictionary.Decode(codes, decoded);
        dictionary.Directions(alpha);
        double[] sum = [.. dictionary["b_dec"].Value.AsSpan().ToArray().Select(v => (double)v)];
        float[] term = new float[6];
        for (int i = 0; i < 12; i++)
        {
            Add(sum, z[i], alpha.Row(i));
            for (int j = i; j < 12; j++)
            {
                interactions.PairContribution(i, j, z[i], z[j], term);
                Add(sum, 1, term);
                for (int k = j; k < 12; k++)
                {
                    interactions.TripleDirection(i, j, k, term);
                    int orders = i == k ? 1 : i == j || j == k ? 3 : 6;
                    Add(sum, orders * interactions.Lambda3 * z[i] * z[j] * z[k], term);
                    if (orders < 6) continue;
                    float[] contribution = new float[6];
                    interactions.TripleContribution(new InteractionTriple(i, j, k, 0), z[i], z[j], z[k], contribution);
                    for (int d = 0; d < 6; d++) Assert.Equal(6 * interactions.Lambda3 * z[i] * z[j] * z[k] * term[d], contribution[d], 1e-6);
                }
            }
        }

        for (int d = 0; d < 6; d++) Assert.Equal(sum[d], decoded[0, d], 1e-5 * sum.Max(Math.Abs));
    }

    [Fact]
    public void A_map_without_full_rank_needs_no_special_case()
    {
        using SparseDictionary dictionary = Published(10, 5, [5, 4, 2]);
        Matrix map = dictionary["C2"].Value;
        for (int d = 0; d < 5; d++) (map[d, 1], map[d, 3]) = (2 * map[d, 0], 0);
        using PolynomialInteractions interactions = new(dictionary);
        float[] direction = new float[5];
        for (int i = 0; i < 10; i++)
        {
            for (int j = 0; j < 10; j++)
            {
                interactions.PairDirection(i, j, direction);
                // A factor of rank 2 stands for the whole map to the rounding of G in double: 1e-8 is its square root.
                Assert.Equal(Math.Sqrt(direction.Sum(v => (double)v * v)), interactions.PairStrength(i, j), 1e-7);
            }
        }
    }

    [Theory]
    [InlineData(DecoderKind.Linear, 3, true, "linear decoder")]
    [InlineData(DecoderKind.Polynomial, 1, true, "order 1")]
    [InlineData(DecoderKind.Polynomial, 3, false, "separate projections")]
    public void Decoders_without_shared_pair_terms_are_refused(DecoderKind kind, int order, bool shared, string says)
    {
        DictionarySpec spec = GoldMetrics.Spec with { Decoder = new DecoderSpec { Kind = kind, Order = order, SharedProjection = shared, Ranks = [16, 5, 3] } };
        using SparseDictionary dictionary = SparseDictionary.Create(spec, 16, _device, 1);
        InputException error = Assert.Throws<InputException>(() => new PolynomialInteractions(dictionary));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Order_two_has_no_triples()
    {
        using SparseDictionary dictionary = TestDictionaries.Random(GoldMetrics.Spec with { Decoder = GoldMetrics.Spec.Decoder with { Order = 2, Ranks = [16, 5] } }, 16, _device);
        using PolynomialInteractions interactions = new(dictionary);
        Assert.Throws<InputException>(() => interactions.TripleStrength(0, 1, 2));
        Assert.Throws<InputException>(() => TripleSurvey.Of(interactions, [new InteractionPair(0, 1, 1)], 3));
    }

    private static void Add(double[] sum, double scale, ReadOnlySpan<float> vector)
    {
        for (int d = 0; d < sum.Length; d++) sum[d] += scale * vector[d];
    }

    private SparseDictionary Published(int latents, int width, int[] ranks) => SparseDictionary.Create(
        GoldMetrics.Spec with { Latents = latents, Decoder = GoldMetrics.Spec.Decoder with { Ranks = ranks, Start = DecoderStart.Published } }, width, _device, 7);
}
