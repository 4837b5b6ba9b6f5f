using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Formats;

public sealed class LinearConversionTests : IDisposable
{
    /// <summary>One product of float32 matrices after another, of widths below 100.</summary>
    private const double Rounding = 2e-6;

    private readonly CpuDevice _device = new();

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(96, 24, SparsifierKind.TopK, 1)]
    [InlineData(96, 24, SparsifierKind.BatchTopK, 2)]
    [InlineData(24, 24, SparsifierKind.JumpRelu, 3)]
    [InlineData(16, 24, SparsifierKind.Relu, 3)]
    public void A_linear_dictionary_becomes_a_polysae_that_computes_the_same(int latents, int width, SparsifierKind kind, int order)
    {
        using SparseDictionary linear = TestDictionaries.Random(Spec(latents, kind), width, _device);
        using SparseDictionary polynomial = LinearConversion.ToPolynomial(linear, order);
        AssertSame(linear, polynomial);
        AssertOrthonormal(polynomial["U"].Value);
        using SparseDictionary back = LinearConversion.ToLinear(polynomial);
        AssertSame(linear, back);
        Assert.InRange(TestDictionaries.Deviation(back["W_dec"].Value, linear["W_dec"].Value), 0, Rounding);
    }

    /// <summary>Singular values over six decades, and directions that the decoder does not use at all.</summary>
    [Fact]
    public void The_import_is_exact_for_ill_conditioned_and_rank_deficient_decoders()
    {
        const int Width = 24;
        using SparseDictionary linear = TestDictionaries.Random(Spec(96, SparsifierKind.TopK), Width, _device);
        Matrix decoder = linear["W_dec"].Value;
        for (int column = 0; column < Width; column++)
        {
            float scale = column >= 20 ? 0f : MathF.Pow(10, -0.3f * column);
            for (int row = 0; row < decoder.Rows; row++) decoder[row, column] *= scale;
        }

        using SparseDictionary polynomial = LinearConversion.ToPolynomial(linear);
        AssertOrthonormal(polynomial["U"].Value);
        using Matrix directions = _device.Allocate(96, Width);
        polynomial.Directions(directions);
        Assert.InRange(TestDictionaries.Deviation(directions, decoder), 0, Rounding);
        _device.Fill(decoder, 0f);
        using SparseDictionary empty = LinearConversion.ToPolynomial(linear);
        AssertOrthonormal(empty["U"].Value);
        Assert.Equal(0, _device.SumOfSquares(empty["C1"].Value));
    }

    /// <summary>Question 21 of the spec: interactions begin in the directions that the decoder uses most.</summary>
    [Fact]
    public void Leading_columns_are_the_leading_singular_directions()
    {
        using SparseDictionary linear = TestDictionaries.Random(Spec(96, SparsifierKind.TopK), 24, _device);
        using SparseDictionary polynomial = LinearConversion.ToPolynomial(linear);
        Matrix c1 = polynomial["C1"].Value;
        double[] norms = [.. Enumerable.Range(0, 24).Select(j => Math.Sqrt(Enumerable.Range(0, 24).Sum(i => (double)c1[i, j] * c1[i, j])))];
        Assert.Equal(norms.OrderDescending(), norms);
        for (int a = 0; a < 24; a++)
        {
            for (int b = 0; b < a; b++)
            {
                double dot = Enumerable.Range(0, 24).Sum(i => (double)c1[i, a] * c1[i, b]);
                Assert.InRange(Math.Abs(dot), 0, 1e-5 * norms[0] * norms[0]);
            }
        }
    }

    [Fact]
    public void Rescaled_dictionaries_keep_their_choices_through_import_and_export()
    {
        DictionarySpec spec = Spec(96, SparsifierKind.BatchTopK) with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.BatchTopK, K = 5, RescaleByDecoderNorm = true } };
        using SparseDictionary linear = TestDictionaries.Random(spec, 24, _device);
        using SparseDictionary polynomial = LinearConversion.ToPolynomial(linear);
        AssertSame(linear, polynomial);
        using SparseDictionary back = LinearConversion.ToLinear(polynomial);
        using Matrix x = TestDictionaries.RandomMatrix(_device, 32, 24, 5);
        (Matrix codes, Matrix reconstruction) = TestDictionaries.Run(linear, x);
        (Matrix otherCodes, Matrix otherReconstruction) = TestDictionaries.Run(back, x);
        TestDictionaries.AssertSameZeros(otherCodes, codes);
        Assert.InRange(TestDictionaries.Deviation(otherReconstruction, reconstruction), 0, Rounding);
    }

    [Fact]
    public void What_cannot_be_converted_is_refused()
    {
        using SparseDictionary gated = TestDictionaries.Random(Spec(32, SparsifierKind.Relu) with { Encoder = new EncoderSpec { Kind = EncoderKind.Gated } }, 16, _device);
        Assert.Throws<InputException>(() => LinearConversion.ToPolynomial(gated));
        using SparseDictionary linear = TestDictionaries.Random(Spec(32, SparsifierKind.TopK), 16, _device);
        Assert.Throws<InputException>(() => LinearConversion.ToLinear(linear));
        Assert.Throws<InputException>(() => LinearConversion.ToPolynomial(linear, 3, [4, 8]));
        using SparseDictionary polynomial = LinearConversion.ToPolynomial(linear);
        Assert.Throws<InputException>(() => LinearConversion.ToPolynomial(polynomial));
    }

    [Fact]
    public void Folders_are_converted_with_their_provenance()
    {
        using TemporaryFolder folder = new();
        string published = TestDictionaries.Checkpoint("saelens_topk", "training");
        DictionaryDescription imported = DictionaryConverter.Convert(published, folder["poly"], DictionaryLayout.PolySaeFork, _device, new ConversionOptions { ImportLinear = true, InteractionRanks = [5, 3] });
        Assert.Equal(("poly_topk", "gpt2-small"), (imported.Architecture, imported.Provenance.Model));
        DictionaryDescription exported = DictionaryConverter.Convert(folder["poly"], folder["linear"], DictionaryLayout.SaeLens, _device, new ConversionOptions { ExportLinear = true });
        Assert.Equal("topk", exported.Architecture);
        using SparseDictionary first = DictionaryFiles.LoadForUse(published, _device);
        using SparseDictionary last = DictionaryFiles.LoadForUse(folder["linear"], _device);
        AssertSame(first, last);
        Assert.Throws<InputException>(() => DictionaryConverter.Convert(published, folder["linear"], DictionaryLayout.SaeLens, _device));
        Assert.Throws<InputException>(() => DictionaryConverter.Convert(published, folder["other"], DictionaryLayout.PolySaeFork, _device));
        Assert.Throws<InputException>(() => DictionaryConverter.Convert(folder["poly"], folder["other"], DictionaryLayout.SaeLens, _device));
        Assert.False(Directory.Exists(folder["other"]));
    }

    private static DictionarySpec Spec(int latents, SparsifierKind kind) => new() { Latents = latents, Sparsifier = new SparsifierSpec { Kind = kind, K = 5 } };

    private void AssertSame(SparseDictionary expected, SparseDictionary actual)
    {
        using Matrix x = TestDictionaries.RandomMatrix(_device, 32, expected.Width, 5);
        (Matrix codes, Matrix reconstruction) = TestDictionaries.Run(expected, x);
        (Matrix otherCodes, Matrix otherReconstruction) = TestDictionaries.Run(actual, x);
        TestDictionaries.AssertSameZeros(otherCodes, codes);
        Assert.InRange(TestDictionaries.Deviation(otherCodes, codes), 0, Rounding);
        Assert.InRange(TestDictionaries.Deviation(otherReconstruction, reconstruction), 0, Rounding);
    }

    private void AssertOrthonormal(Matrix u)
    {
        using Matrix gram = _device.Allocate(u.Columns, u.Columns);
        _device.Gemm(GemmShape.TN, u, u, gram);
        for (int i = 0; i < u.Columns; i++)
        {
            for (int j = 0; j < u.Columns; j++) Assert.InRange(gram[i, j], (i == j ? 1 : 0) - 3e-6f, (i == j ? 1 : 0) + 3e-6f);
        }
    }
}
