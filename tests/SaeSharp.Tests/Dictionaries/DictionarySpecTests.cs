using SaeSharp.Dictionaries;

namespace SaeSharp.Tests.Dictionaries;

/// <summary>Descriptions that make no sense are refused with one sentence that names the key, what was found and what was expected.</summary>
public class DictionarySpecTests
{
    private const int Width = 16;

    private static readonly DictionarySpec Good = new() { Name = "sae", Latents = 64 };

    private static readonly DecoderSpec Polynomial = new() { Kind = DecoderKind.Polynomial };

    public static TheoryData<string, DictionarySpec> Refused => new()
    {
        { "k of dictionary 'sae' is 65, more than its 64 latents", Good with { Sparsifier = new SparsifierSpec { K = 65 } } },
        { "k of dictionary 'sae' is 0; expected a positive number", Good with { Sparsifier = new SparsifierSpec { K = 0 } } },
        { "k of dictionary 'sae' is NaN", Good with { Sparsifier = new SparsifierSpec { K = double.NaN } } },
        { "topk needs a whole number", Good with { Sparsifier = new SparsifierSpec { K = 2.5 } } },
        { "latents of dictionary 'sae' is 0", Good with { Latents = 0 } },
        { "must be a plain folder name", Good with { Name = "a/b" } },
        { "expected R1 ≥ R2 ≥ R3", Good with { Decoder = Polynomial with { Ranks = [8, 9, 4] } } },
        { "expected R1 ≥ R2 ≥ R3", Good with { Decoder = Polynomial with { Ranks = [8, 3, 4] } } },
        { "ranks has 2 numbers for a decoder of order 3", Good with { Decoder = Polynomial with { Ranks = [8, 4] } } },
        { "ranks of dictionary 'sae' has 4 numbers", Good with { Decoder = Polynomial with { Ranks = [8, 4, 2, 1] } } },
        { "each must be positive", Good with { Decoder = Polynomial with { Ranks = [8, 4, 0] } } },
        { "R1 of dictionary 'sae' is 65, more than its 64 latents", Good with { Decoder = Polynomial with { Ranks = [65, 4, 4] } } },
        { "order of dictionary 'sae' is 4; expected 1, 2 or 3", Good with { Decoder = Polynomial with { Order = 4 } } },
        { "rows: unit of dictionary 'sae' is for linear decoders", Good with { Decoder = Polynomial with { Rows = DecoderRows.Unit } } },
        { "lambda2 and lambda3 of dictionary 'sae' are NaN and 0.5", Good with { Decoder = Polynomial with { Lambda2 = double.NaN } } },
        { "tangent_projection of dictionary 'sae' needs shared_projection: true", Good with { Decoder = Polynomial with { SharedProjection = false, TangentProjection = true } } },
        { "too many for 64 latents", Good with { Decoder = Polynomial with { SharedProjection = false, Ranks = [22, 22, 22] } } },
        { "initial_norm of dictionary 'sae' is 0", Good with { Decoder = new DecoderSpec { InitialNorm = 0 } } },
        { "gated encoder and a polynomial decoder", Good with { Encoder = new EncoderSpec { Kind = EncoderKind.Gated }, Decoder = Polynomial } },
        { "gated encoder and matryoshka.widths", Good with { Encoder = new EncoderSpec { Kind = EncoderKind.Gated }, Matryoshka = new MatryoshkaSpec { Widths = [8] } } },
        { "matryoshka.widths of dictionary 'sae' has 65; expected 1 to 64", Good with { Matryoshka = new MatryoshkaSpec { Widths = [65] } } },
        { "must ascend; 8 follows 16", Good with { Matryoshka = new MatryoshkaSpec { Widths = [16, 8] } } },
        { "matryoshka.weights of dictionary 'sae' has 1 numbers for 2 levels", Good with { Matryoshka = new MatryoshkaSpec { Widths = [16], Weights = [1] } } },
        { "matryoshka.weights of dictionary 'sae' must be finite", Good with { Matryoshka = new MatryoshkaSpec { Widths = [16], Weights = [-1, 1] } } },
        { "The last of matryoshka.weights of dictionary 'sae' is 0", Good with { Matryoshka = new MatryoshkaSpec { Widths = [16], Weights = [1, 0] } } },
        { "go with topk and batchtopk only", Good with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.Relu }, Matryoshka = new MatryoshkaSpec { Widths = [16] } } },
        { "rescale_by_decoder_norm of dictionary 'sae' only changes", Good with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.Relu, RescaleByDecoderNorm = true } } },
        { "bandwidth of dictionary 'sae' is 0", Good with { Sparsifier = new SparsifierSpec { Bandwidth = 0 } } },
        { "target_l0 of dictionary 'sae' is 0", Good with { Sparsifier = new SparsifierSpec { TargetL0 = 0 } } },
        { "tanh_scale of dictionary 'sae' is 0", Good with { Sparsifier = new SparsifierSpec { TanhScale = 0 } } },
        { "threshold_rate of dictionary 'sae' is 0", Good with { Sparsifier = new SparsifierSpec { ThresholdRate = 0 } } },
        { "initial_threshold of dictionary 'sae' must be positive", Good with { Sparsifier = new SparsifierSpec { ThresholdParameter = ThresholdParameter.Log, InitialThreshold = 0 } } },
        { "aux_k.coefficient of dictionary 'sae' is -1", Good with { AuxK = new AuxKSpec { Coefficient = -1 } } },
        { "aux_k.k, dead_after_steps and dead_after_tokens of dictionary 'sae' must not be negative", Good with { AuxK = new AuxKSpec { K = -1 } } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Description_that_makes_no_sense_is_refused(string sentence, DictionarySpec spec)
    {
        string message = Assert.Throws<InputException>(() => spec.Validate(Width)).Message;
        Assert.Contains(sentence, message, StringComparison.Ordinal);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Usual_descriptions_are_accepted()
    {
        Good.Validate(Width);
        (Good with { Decoder = Polynomial }).Validate(Width);
        (Good with { Decoder = Polynomial with { Ranks = [32, 32, 32] } }).Validate(Width);
        (Good with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.BatchTopK, K = 0.5 } }).Validate(Width);
        (Good with { Encoder = new EncoderSpec { Kind = EncoderKind.Gated } }).Validate(Width);
        (Good with { Matryoshka = new MatryoshkaSpec { Widths = [8, 16, 64], Weights = [1, 1, 2] } }).Validate(Width);
    }

    [Fact]
    public void Ranks_that_are_not_given_are_the_width_and_a_sixteenth()
    {
        Assert.Equal([768, 48, 48], DecoderRanks.Resolve(Polynomial, 768));
        Assert.Equal([16, 4], DecoderRanks.Resolve(Polynomial with { Order = 2 }, 16));
        Assert.Equal([3, 3, 3], DecoderRanks.Resolve(Polynomial, 3));
        Assert.Equal([8], DecoderRanks.Resolve(Polynomial with { Order = 1, Ranks = [8, 4, 2] }, 16));
    }
}
