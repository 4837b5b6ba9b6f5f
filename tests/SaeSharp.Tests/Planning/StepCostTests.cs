using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Planning;

namespace SaeSharp.Tests.Planning;

public sealed class StepCostTests
{
    /// <summary>The table of section 1.8 of the PolySAE spec.</summary>
    [Theory]
    [InlineData(768, 64, 12_583_680, 13_271_810, 25_182_976, 25_871_106)]
    [InlineData(1024, 128, 16_778_240, 18_088_962, 33_571_840, 34_882_562)]
    [InlineData(2048, 128, 33_556_480, 38_275_074, 67_127_296, 71_845_890)]
    [InlineData(2304, 128, 37_751_040, 43_649_282, 75_516_160, 81_414_402)]
    public void Parameter_counts_are_the_published_ones(int width, int low, long linearDecoder, long polynomialDecoder, long linear, long polynomial)
    {
        DictionarySpec plain = new() { Latents = 16_384 };
        DictionarySpec poly = plain with { Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [width, low, low] } };

        Assert.Equal(linearDecoder, ParameterCount.OfDecoder(plain, width));
        Assert.Equal(polynomialDecoder, ParameterCount.OfDecoder(poly, width));
        Assert.Equal(linear, ParameterCount.Of(plain, width));
        Assert.Equal(polynomial, ParameterCount.Of(poly, width));
    }

    public static TheoryData<DictionarySpec> Kinds => new()
    {
        new DictionarySpec(),
        new DictionarySpec { Encoder = new EncoderSpec { Kind = EncoderKind.Gated } },
        new DictionarySpec { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.JumpRelu } },
        new DictionarySpec { Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial } },
        new DictionarySpec { Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Order = 1 } },
        new DictionarySpec { Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial }, Matryoshka = new MatryoshkaSpec { Widths = [16, 48], Inner = MatryoshkaInner.Linear } },
        new DictionarySpec { Matryoshka = new MatryoshkaSpec { Widths = [16, 48] } },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Parameter_counts_are_those_of_the_dictionary_that_is_made(DictionarySpec kind)
    {
        DictionarySpec spec = kind with { Latents = 96 };
        using CpuDevice device = new(1);
        using SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, 24, device);
        Assert.Equal(dictionary.ParameterCount, ParameterCount.Of(spec, 24));
    }

    [Fact]
    public void The_floor_of_a_linear_topk_step_is_2BDF_plus_8BkD()
    {
        StepCost cost = StepCost.Of(new DictionarySpec { Latents = 16_384, Sparsifier = new SparsifierSpec { K = 64 } }, 768, 4096);
        Assert.Equal((2.0 * 4096 * 768 * 16_384) + (8.0 * 4096 * 64 * 768), cost.Flop);
        Assert.Equal((36.0 * 25_182_976) + (4.0 * 4096 * 768), cost.Bytes);
        Assert.Equal(cost.Flop / 4e11 + (cost.Bytes / 2e10), cost.FloorSeconds(new MachineSpeed(4e11, 2e10)), 12);
    }
}
