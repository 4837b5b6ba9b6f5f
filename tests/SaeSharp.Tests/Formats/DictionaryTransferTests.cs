using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Numerics;
using SaeSharp.Training;

namespace SaeSharp.Tests.Formats;

public sealed class DictionaryTransferTests : IDisposable
{
    private const double Rounding = 2e-6;

    private readonly CpuDevice _device = new();

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Weights_go_on_under_another_sparsifier()
    {
        string folder = TestDictionaries.Checkpoint("saelens_topk", "inference");
        DictionarySpec spec = DictionaryFiles.Describe(folder).Spec;
        spec = spec with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.JumpRelu, InitialThreshold = 0.3 } };
        using SparseDictionary topk = DictionaryFiles.Load(folder, _device);
        using SparseDictionary jump = DictionaryFiles.LoadAs(folder, spec, _device);
        Assert.Equal(topk["W_enc"].Value.AsSpan(), jump["W_enc"].Value.AsSpan());
        Assert.All(jump["threshold"].Value.AsSpan().ToArray(), threshold => Assert.Equal(0.3f, threshold));
    }

    [Fact]
    public void Thresholds_change_between_their_forms()
    {
        string folder = TestDictionaries.Checkpoint("saelens_jumprelu", "training");
        DictionarySpec spec = DictionaryFiles.Describe(folder).Spec;
        using SparseDictionary log = DictionaryFiles.Load(folder, _device);
        using SparseDictionary direct = DictionaryFiles.LoadAs(folder, spec with { Sparsifier = spec.Sparsifier with { ThresholdParameter = ThresholdParameter.Direct } }, _device);
        for (int i = 0; i < 48; i++) Assert.Equal(Math.Exp(log["log_threshold"].Value[0, i]), direct["threshold"].Value[0, i], 1e-6);
    }

    [Fact]
    public void A_linear_dictionary_starts_a_polysae_that_computes_the_same()
    {
        string folder = TestDictionaries.Checkpoint("saelens_standard", "inference");
        DictionarySpec spec = DictionaryFiles.Describe(folder).Spec with { Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Order = 3, Ranks = [16, 5, 3] } };
        using SparseDictionary linear = DictionaryFiles.Load(folder, _device);
        using SparseDictionary polynomial = DictionaryFiles.LoadAs(folder, spec, _device);
        using Matrix x = TestDictionaries.RandomMatrix(_device, 20, 16, 3);
        (_, Matrix expected) = TestDictionaries.Run(linear, x);
        (_, Matrix actual) = TestDictionaries.Run(polynomial, x);
        Assert.InRange(TestDictionaries.Deviation(actual, expected), 0, Rounding);
    }

    [Fact]
    public void Higher_orders_begin_without_a_share()
    {
        string folder = TestDictionaries.Checkpoint("polysae_topk_order2", "training");
        DictionarySpec spec = DictionaryFiles.Describe(folder).Spec;
        using SparseDictionary quadratic = DictionaryFiles.Load(folder, _device);
        using SparseDictionary cubic = DictionaryFiles.LoadAs(folder, spec with { Decoder = spec.Decoder with { Order = 3 } }, _device);
        Assert.Equal(0.5f, cubic["lambda3"].Value[0, 0]);
        using Matrix x = TestDictionaries.RandomMatrix(_device, 20, 16, 3);
        (_, Matrix expected) = TestDictionaries.Run(quadratic, x);
        (_, Matrix actual) = TestDictionaries.Run(cubic, x);
        Assert.Equal(expected.AsSpan(), actual.AsSpan());
    }

    /// <summary>What starts from given weights computes on scaled vectors what they computed on raw ones.</summary>
    [Fact]
    public void A_start_is_fitted_to_the_scale_of_the_training_vectors()
    {
        string folder = TestDictionaries.Checkpoint("saelens_batchtopk", "training");
        DictionarySpec spec = DictionaryFiles.Describe(folder).Spec with { Init = folder };
        using SparseDictionary raw = DictionaryFiles.Load(folder, _device);
        using SparseDictionary start = DictionaryStart.Create(spec, 16, _device, seed: 0, inputScale: 0.25);
        using Matrix x = TestDictionaries.RandomMatrix(_device, 20, 16, 3);
        (Matrix codes, Matrix expected) = TestDictionaries.Run(raw, x);
        _device.Axpby(0.25f, x, 0f, x);
        (Matrix otherCodes, Matrix actual) = TestDictionaries.Run(start, x);
        _device.Axpby(4f, actual, 0f, actual);
        TestDictionaries.AssertSameZeros(otherCodes, codes);
        Assert.InRange(TestDictionaries.Deviation(actual, expected), 0, Rounding);
        Assert.Throws<InputException>(() => DictionaryStart.Create(spec, 17, _device, 0));
    }

    [Fact]
    public void Weights_that_do_not_fit_are_refused()
    {
        string folder = TestDictionaries.Checkpoint("polysae_topk_order2", "training");
        DictionarySpec spec = DictionaryFiles.Describe(folder).Spec;
        Refused(spec with { Latents = 47 }, "47");
        Refused(spec with { Decoder = spec.Decoder with { Ranks = [16, 4, 3] } }, "C2");
        Refused(spec with { Decoder = new DecoderSpec() }, "saesharp convert");
        folder = TestDictionaries.Checkpoint("saelens_topk", "training");
        Refused(spec with { Decoder = spec.Decoder with { Ranks = [12, 5, 3] } }, "R1 = 16");
        Refused(spec with { Decoder = new DecoderSpec(), Encoder = new EncoderSpec { Kind = EncoderKind.Gated }, Sparsifier = new SparsifierSpec { Kind = SparsifierKind.Relu } }, "'b_gate'");

        void Refused(DictionarySpec wrong, string mentions) =>
            Assert.Contains(mentions, Assert.Throws<InputException>(() => DictionaryFiles.LoadAs(folder, wrong, _device)).Message, StringComparison.Ordinal);
    }
}
