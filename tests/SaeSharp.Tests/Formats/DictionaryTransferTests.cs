using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Numerics;

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
    public void Weights_that_do_not_fit_are_refused()
    {
        string folder = TestDictionaries.Checkpoint("polysae_topk_order2", "training");
        DictionarySpec spec = DictionaryFiles.Describe(folder).Spec;
        Refused(spec with { Latents = 47 }, "47");
        Refused(spec with { Decoder = spec.Decoder with { Order = 3 } }, "C3");
        Refused(spec with { Decoder = spec.Decoder with { Ranks = [16, 4, 3] } }, "C2");
        Refused(spec with { Decoder = new DecoderSpec() }, "W_dec");

        void Refused(DictionarySpec wrong, string mentions) =>
            Assert.Contains(mentions, Assert.Throws<InputException>(() => DictionaryFiles.LoadAs(folder, wrong, _device)).Message, StringComparison.Ordinal);
    }
}
