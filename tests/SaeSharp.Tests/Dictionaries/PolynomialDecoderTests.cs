using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Dictionaries;

/// <summary>The polynomial decoder is what its expansion says: section 1.4 and appendix A of the PolySAE spec.</summary>
public sealed class PolynomialDecoderTests : IDisposable
{
    private readonly CpuDevice _device = new();

    [Fact]
    public void Small_test_vector_of_the_spec_is_met()
    {
        using SparseDictionary dictionary = SmallVector(_device);

        // Positive-diagonal QR of the spec's M, with c = 1/√3.
        double c = 1 / Math.Sqrt(3);
        AssertClose([c, 0, c, c, c, -c, 0, c, c, c, -c, 0], Dense.Of(dictionary["U"].Value));

        using CsrMatrix codes = Dense.ToCodes(_device, [2, 0, 1, 3], 4);
        using Matrix a = _device.Allocate(1, 3);
        _device.SpMM(codes, codes.ValueSpan, dictionary["U"].Value, a, ColumnRange.All);
        AssertClose([2.88675135, -1.15470054, 1.73205081], Dense.Of(a));
        AssertClose([11.64693276, -14.34949781], Decode(dictionary, [2, 0, 1, 3]));

        // y1, y2 and y3 one at a time.
        dictionary["lambda2"].Value[0, 0] = 0f;
        dictionary["lambda3"].Value[0, 0] = 0f;
        AssertClose([4.61880215 + 0.5, -1.15470054 - 0.5], Decode(dictionary, [2, 0, 1, 3]));
        dictionary["C1"].Value.AsSpan().Clear();
        dictionary["lambda2"].Value[0, 0] = 1f;
        AssertClose([11 + 0.5, (4.0 / 3) - 0.5], Decode(dictionary, [2, 0, 1, 3]));
        dictionary["lambda2"].Value[0, 0] = 0f;
        dictionary["lambda3"].Value[0, 0] = 1f;
        AssertClose([24.05626122 + 0.5, -24.05626122 - 0.5], Decode(dictionary, [2, 0, 1, 3]));
    }

    [Fact]
    public void Pair_direction_of_the_spec_appears_when_two_codes_meet()
    {
        // With the linear and cubic maps at 0: x̂(z0 + z3) − x̂(z0) − x̂(z3) + b = 2 λ2 z0 z3 β_03, β_03 = (1/3, 0).
        using SparseDictionary dictionary = SmallVector(_device);
        dictionary["C1"].Value.AsSpan().Clear();
        dictionary["C3"].Value.AsSpan().Clear();
        double[] both = Decode(dictionary, [2, 0, 0, 3]);
        double[] first = Decode(dictionary, [2, 0, 0, 0]);
        double[] second = Decode(dictionary, [0, 0, 0, 3]);
        double[] bias = Decode(dictionary, [0, 0, 0, 0]);
        double[] cross = [.. both.Select((v, i) => (v - first[i] - second[i] + bias[i]) / (2 * -0.5 * 2 * 3))];
        AssertClose([1.0 / 3, 0], cross);
    }

    [Theory]
    [InlineData(9, 9, 4, 3)]
    [InlineData(9, 6, 6, 6)]
    [InlineData(9, 5, 4, 1)]
    public void Factored_decoder_equals_the_sum_over_pairs_and_triples(int width, int r1, int r2, int r3)
    {
        const int Latents = 13;
        using SparseDictionary dictionary = Random(_device, Latents, width, [r1, r2, r3]);
        double[] z = new double[Latents];
        foreach ((int f, double value) in new[] { (1, 1.5), (4, 0.7), (5, 2.1), (9, 0.3), (12, 1.1) }) z[f] = value;

        double[] u = Dense.Of(dictionary["U"].Value);
        double[] expected = [.. Dense.Of(dictionary["b_dec"].Value)];
        double lambda2 = dictionary["lambda2"].Value[0, 0];
        double lambda3 = dictionary["lambda3"].Value[0, 0];
        for (int i = 0; i < Latents; i++)
        {
            Add(expected, z[i], Direction(dictionary, "C1", r1, r => u[(i * r1) + r]));
            for (int j = 0; j < Latents; j++)
            {
                if (z[i] * z[j] == 0) continue;
                Add(expected, lambda2 * z[i] * z[j], Direction(dictionary, "C2", r2, r => u[(i * r1) + r] * u[(j * r1) + r]));
                for (int k = 0; k < Latents; k++)
                {
                    Add(expected, lambda3 * z[i] * z[j] * z[k],
                        Direction(dictionary, "C3", r3, r => u[(i * r1) + r] * u[(j * r1) + r] * u[(k * r1) + r]));
                }
            }
        }

        AssertClose(expected, Decode(dictionary, z));
    }

    [Fact]
    public void Without_lambdas_it_is_the_linear_dictionary_U_C1ᵀ()
    {
        using SparseDictionary polynomial = Random(_device, 17, 6, [6, 3, 2]);
        polynomial["lambda2"].Value[0, 0] = 0f;
        polynomial["lambda3"].Value[0, 0] = 0f;
        using SparseDictionary linear = SparseDictionary.CreateEmpty(new DictionarySpec { Latents = 17, Sparsifier = new SparsifierSpec { K = 4 } }, 6, _device);
        foreach (string name in new[] { "W_enc", "b_enc", "b_dec" }) _device.Copy(polynomial[name].Value, linear[name].Value);
        polynomial.Directions(linear["W_dec"].Value);

        using Matrix x = _device.Allocate(31, 6);
        new PhiloxStream(5).FillNormal(x.AsSpan());
        (double[] codes, double[] reconstruction) = Run(polynomial, x);
        (double[] linearCodes, double[] linearReconstruction) = Run(linear, x);
        Assert.Equal(linearCodes, codes);
        AssertClose(linearReconstruction, reconstruction);
    }

    [Theory]
    [InlineData(768, 64, 13_271_810, 25_871_106, 12_583_680, 25_182_976)]
    [InlineData(1024, 128, 18_088_962, 34_882_562, 16_778_240, 33_571_840)]
    [InlineData(2048, 128, 38_275_074, 71_845_890, 33_556_480, 67_127_296)]
    [InlineData(2304, 128, 43_649_282, 81_414_402, 37_751_040, 75_516_160)]
    public void Parameter_counts_are_those_of_the_published_models(int width, int rank, long decoder, long whole, long linearDecoder, long linearWhole)
    {
        // Table 1.8 of the spec: GPT-2 small, Pythia-410M, Pythia-1.4B, Gemma-2-2B, all with 16,384 latents.
        var linear = new DictionarySpec { Latents = 16_384, Sparsifier = new SparsifierSpec { K = 64 } };
        DictionarySpec polynomial = linear with { Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [width, rank, rank] } };
        Assert.Equal((decoder, whole), Count(polynomial, width));
        Assert.Equal((linearDecoder, linearWhole), Count(linear, width));
    }

    public void Dispose() => _device.Dispose();

    private (long Decoder, long Whole) Count(DictionarySpec spec, int width)
    {
        using SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, width, _device);
        return (dictionary.ParameterCount - dictionary["W_enc"].Value.Length - dictionary["b_enc"].Value.Length, dictionary.ParameterCount);
    }

    /// <summary>Appendix A: 4 latents, width 2, ranks (3, 2, 1).</summary>
    private static SparseDictionary SmallVector(Device device)
    {
        var spec = new DictionarySpec
        {
            Latents = 4,
            Sparsifier = new SparsifierSpec { K = 3 },
            Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [3, 2, 1] },
        };
        SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, 2, device);
        void Set(string name, params float[] values) => values.CopyTo(dictionary[name].Value.AsSpan());
        Set("U", 1, 0, 2, 1, 1, 0, 0, 1, 1, 1, -1, 1);
        Set("C1", 1, 0, 1, 0, 1, 0);
        Set("C2", 1, 2, 0, 1);
        Set("C3", 1, -1);
        Set("b_dec", 0.5f, -0.5f);
        Set("lambda2", -0.5f);
        Set("lambda3", 0.5f);
        device.Orthonormalize(dictionary["U"].Value);
        return dictionary;
    }

    private static SparseDictionary Random(Device device, int latents, int width, int[] ranks)
    {
        var spec = new DictionarySpec
        {
            Latents = latents,
            Sparsifier = new SparsifierSpec { K = 4 },
            Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = ranks, Start = DecoderStart.Published, Lambda2 = -0.6, Lambda3 = 0.4 },
        };
        SparseDictionary dictionary = SparseDictionary.Create(spec, width, device, seed: 3);
        new PhiloxStream(4).FillNormal(dictionary["b_dec"].Value.AsSpan());
        return dictionary;
    }

    private double[] Decode(SparseDictionary dictionary, double[] z)
    {
        using CsrMatrix codes = Dense.ToCodes(_device, z, dictionary.Latents);
        using Matrix reconstruction = _device.Allocate(codes.Rows, dictionary.Width);
        dictionary.Decode(codes, reconstruction);
        return Dense.Of(reconstruction);
    }

    private (double[] Codes, double[] Reconstruction) Run(SparseDictionary dictionary, MatrixView x)
    {
        using CsrMatrix codes = _device.AllocateCsr(x.Rows, dictionary.Latents, 64);
        using Matrix reconstruction = _device.Allocate(x.Rows, dictionary.Width);
        dictionary.Encode(x, codes);
        dictionary.Decode(codes, reconstruction);
        return (Dense.Of(codes), Dense.Of(reconstruction));
    }

    private static double[] Direction(SparseDictionary dictionary, string map, int rank, Func<int, double> feature) =>
        [.. Enumerable.Range(0, dictionary.Width).Select(d => Enumerable.Range(0, rank).Sum(r => dictionary[map].Value[d, r] * feature(r)))];

    private static void Add(double[] sum, double weight, double[] direction)
    {
        for (int d = 0; d < sum.Length; d++) sum[d] += weight * direction[d];
    }

    /// <summary>float32 sums of a few dozen products: a few units in the last place of the largest entry.</summary>
    private static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual) => Assert.InRange(Dense.Error(actual, expected), 0, 2e-6);
}
