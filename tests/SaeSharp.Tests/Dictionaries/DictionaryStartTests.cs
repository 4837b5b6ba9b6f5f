using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Dictionaries;

/// <summary>Where dictionaries start: sections 1.6 and 1.7 of the PolySAE spec.</summary>
public sealed class DictionaryStartTests : IDisposable
{
    private const int Width = 24;
    private const int Latents = 96;

    private static readonly DictionarySpec Linear = new() { Latents = Latents, Sparsifier = new SparsifierSpec { K = 6 } };

    private static readonly DictionarySpec Polynomial = Linear with { Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [Width, 5, 3] } };

    private readonly CpuDevice _device = new();

    [Fact]
    public void Twin_start_reconstructs_as_the_linear_dictionary_of_its_seed()
    {
        using SparseDictionary linear = SparseDictionary.Create(Linear, Width, _device, seed: 9);
        using SparseDictionary polynomial = SparseDictionary.Create(
            Polynomial with { Decoder = Polynomial.Decoder with { Start = DecoderStart.Twin } }, Width, _device, seed: 9);
        using Matrix x = _device.Allocate(200, Width);
        new PhiloxStream(1).FillNormal(x.AsSpan());
        (double[] linearCodes, double[] linearOutput) = Run(linear, x);
        (double[] codes, double[] output) = Run(polynomial, x);

        // The twin's encoder passes through U C1ᵀ: the same numbers up to float32 rounding.
        Assert.Equal(linearCodes.Select(z => z != 0), codes.Select(z => z != 0));
        Assert.InRange(Dense.Error(codes, linearCodes), 0, 5e-6);
        Assert.InRange(Dense.Error(output, linearOutput), 0, 5e-6);
        Assert.Equal(-0.5f, polynomial["lambda2"].Value[0, 0]);
        Assert.Equal(0.5f, polynomial["lambda3"].Value[0, 0]);
    }

    [Fact]
    public void Import_of_a_linear_dictionary_is_exact()
    {
        using SparseDictionary linear = SparseDictionary.Create(Linear, Width, _device, seed: 2);
        // Rows of very different norms, as a trained dictionary has them.
        for (int f = 0; f < Latents; f++)
        {
            foreach (ref float value in linear["W_dec"].Value.Row(f)) value *= 0.2f + (f % 7);
        }

        using SparseDictionary polynomial = SparseDictionary.CreateEmpty(Polynomial, Width, _device);
        foreach (string name in new[] { "W_enc", "b_enc", "b_dec" }) _device.Copy(linear[name].Value, polynomial[name].Value);
        polynomial["lambda2"].Value[0, 0] = -0.5f;
        polynomial["lambda3"].Value[0, 0] = 0.5f;
        DictionaryInitializer.SetLinearPart(polynomial, linear["W_dec"].Value, seed: 0);

        AssertOrthonormal(polynomial["U"].Value);
        using Matrix directions = _device.Allocate(Latents, Width);
        polynomial.Directions(directions);
        Assert.InRange(Dense.Error(Dense.Of(directions), Dense.Of(linear["W_dec"].Value)), 0, 5e-6);
        using Matrix x = _device.Allocate(100, Width);
        new PhiloxStream(1).FillNormal(x.AsSpan());
        (double[] linearCodes, double[] linearOutput) = Run(linear, x);
        (double[] codes, double[] output) = Run(polynomial, x);
        Assert.Equal(linearCodes, codes);
        Assert.InRange(Dense.Error(output, linearOutput), 0, 5e-6);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(10)]
    public void Linear_part_is_kept_by_more_ranks_than_the_width_and_projected_by_fewer(int rank)
    {
        DictionarySpec spec = Polynomial with { Decoder = Polynomial.Decoder with { Ranks = [rank, 5, 3] } };
        using SparseDictionary linear = SparseDictionary.Create(Linear, Width, _device, seed: 2);
        using SparseDictionary polynomial = SparseDictionary.CreateEmpty(spec, Width, _device);
        DictionaryInitializer.SetLinearPart(polynomial, linear["W_dec"].Value, seed: 0);
        AssertOrthonormal(polynomial["U"].Value);
        using Matrix directions = _device.Allocate(Latents, Width);
        polynomial.Directions(directions);
        if (rank >= Width)
        {
            Assert.InRange(Dense.Error(Dense.Of(directions), Dense.Of(linear["W_dec"].Value)), 0, 5e-6);
            return;
        }

        // C1 = W_decᵀ U is the least-squares map for that U: what is left over is orthogonal to it.
        _device.Axpby(1f, linear["W_dec"].Value, -1f, directions);
        using Matrix overlap = _device.Allocate(rank, Width);
        _device.Gemm(GemmShape.TN, polynomial["U"].Value, directions, overlap);
        Assert.InRange(Dense.Of(overlap).Max(Math.Abs), 0, 1e-5);
    }

    [Fact]
    public void Published_start_has_orthonormal_U_and_Kaiming_uniform_maps()
    {
        DictionarySpec spec = Polynomial with
        {
            Encoder = new EncoderSpec { Start = EncoderStart.Random },
            Decoder = Polynomial.Decoder with { Start = DecoderStart.Published },
        };
        using SparseDictionary dictionary = SparseDictionary.Create(spec, Width, _device, seed: 5);
        AssertOrthonormal(dictionary["U"].Value);
        foreach ((string name, int rank) in new[] { ("C1", Width), ("C2", 5), ("C3", 3) })
        {
            double bound = Math.Sqrt(6.0 / rank);
            double[] values = Dense.Of(dictionary[name].Value);
            Assert.InRange(values.Max(Math.Abs), 0.8 * bound, bound);

            // Standard deviation √(2 / rank), estimated from 72 to 576 numbers: within four standard errors of a uniform's.
            double deviation = Math.Sqrt(values.Average(v => v * v));
            Assert.InRange(deviation / Math.Sqrt(2.0 / rank), 1 - (1.8 / Math.Sqrt(values.Length)), 1 + (1.8 / Math.Sqrt(values.Length)));
        }

        // Rows of the encoder have norm 0.1 and nothing to do with the directions they decode to.
        using Matrix directions = _device.Allocate(Latents, Width);
        dictionary.Directions(directions);
        double cosines = 0;
        for (int f = 0; f < Latents; f++)
        {
            double dot = 0, encoder = 0, decoder = 0;
            for (int d = 0; d < Width; d++)
            {
                double w = dictionary["W_enc"].Value[f, d];
                dot += w * directions[f, d];
                encoder += w * w;
                decoder += directions[f, d] * directions[f, d];
            }

            Assert.Equal(0.1, Math.Sqrt(encoder), 1e-6);
            cosines += dot / Math.Sqrt(encoder * decoder) / Latents;
        }

        // Mean of 96 cosines of standard deviation 1/√24: standard error 0.021.
        Assert.InRange(cosines, -0.085, 0.085);
    }

    [Fact]
    public void Separate_projections_start_orthonormal_one_by_one()
    {
        DictionarySpec spec = Polynomial with { Latents = 30, Decoder = Polynomial.Decoder with { SharedProjection = false } };
        using SparseDictionary dictionary = SparseDictionary.Create(spec, Width, _device, seed: 5);
        var head = (SeparatePolynomialHead)dictionary.Decoder.Head;
        for (int i = 0; i < 3; i++) AssertOrthonormal(head.Block(dictionary["U"].Value, i, head.Ranks[i]));
    }

    [Fact]
    public void Unit_rows_start_at_norm_one_and_tied_encoders_along_them()
    {
        using SparseDictionary dictionary = SparseDictionary.Create(Linear with { Decoder = new DecoderSpec { Rows = DecoderRows.Unit } }, Width, _device, seed: 1);
        using Matrix norms = _device.Allocate(1, Latents);
        _device.RowNorms(dictionary["W_dec"].Value, norms);
        Assert.All(Dense.Of(norms), n => Assert.Equal(1, n, 1e-6));
        Assert.Equal(Dense.Of(dictionary["W_dec"].Value), Dense.Of(dictionary["W_enc"].Value));
    }

    [Fact]
    public void Same_seed_gives_the_same_bits_and_another_seed_others()
    {
        using SparseDictionary one = SparseDictionary.Create(Polynomial, Width, _device, seed: 1);
        using SparseDictionary same = SparseDictionary.Create(Polynomial, Width, _device, seed: 1);
        using SparseDictionary other = SparseDictionary.Create(Polynomial, Width, _device, seed: 2);
        foreach (Parameter parameter in one.Parameters) Assert.Equal(Dense.Of(parameter.Value), Dense.Of(same[parameter.Name].Value));
        Assert.NotEqual(Dense.Of(one["U"].Value), Dense.Of(other["U"].Value));
    }

    public void Dispose() => _device.Dispose();

    private (double[] Codes, double[] Output) Run(SparseDictionary dictionary, MatrixView x)
    {
        using CsrMatrix codes = _device.AllocateCsr(x.Rows, dictionary.Latents, 64);
        using Matrix output = _device.Allocate(x.Rows, dictionary.Width);
        dictionary.Encode(x, codes);
        dictionary.Decode(codes, output);
        return (Dense.Of(codes), Dense.Of(output));
    }

    private void AssertOrthonormal(MatrixView u)
    {
        using Matrix gram = _device.Allocate(u.Columns, u.Columns);
        _device.Gemm(GemmShape.TN, u, u, gram);
        for (int i = 0; i < u.Columns; i++) gram[i, i] -= 1f;
        Assert.InRange(Dense.Of(gram).Max(Math.Abs), 0, 2e-6);
    }
}
