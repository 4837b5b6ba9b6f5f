using System.Text.Json;
using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Formats;

/// <summary>Files of SAELens and of the published PolySAE code, against what those tools compute from them.</summary>
public sealed class PublishedCheckpointTests : IDisposable
{
    /// <summary>The published classes compute in float32 too; the gold allows this much of the largest value.</summary>
    private const double Tolerance = 1e-5;

    private readonly CpuDevice _device = new();

    public static TheoryData<string, string> All
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string name in (string[])["polysae_batchtopk_order3", "polysae_jumprelu_order3", "polysae_legacy_separate_u", "polysae_matryoshka_order3", "polysae_topk_order1", "polysae_topk_order2", "polysae_topk_order3", "saelens_batchtopk", "saelens_gated", "saelens_jumprelu", "saelens_standard", "saelens_topk"])
            {
                data.Add(name, "training");
                data.Add(name, "inference");
            }

            return data;
        }
    }

    public void Dispose() => _device.Dispose();

    [Theory]
    [MemberData(nameof(All))]
    public void Codes_and_reconstruction_are_those_of_the_published_class(string name, string stage)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(TestDictionaries.ExpectedFile(name));
        using Matrix x = TestDictionaries.Read(expected, "x", _device);
        using Matrix expectedCodes = TestDictionaries.Read(expected, $"{stage}.codes", _device);
        using Matrix expectedReconstruction = TestDictionaries.Read(expected, $"{stage}.recon", _device);
        using SparseDictionary dictionary = DictionaryFiles.LoadForUse(TestDictionaries.Checkpoint(name, stage), _device);
        (Matrix codes, Matrix reconstruction) = TestDictionaries.Run(dictionary, x, asInTraining: stage == "training");
        using (codes)
        using (reconstruction)
        {
            TestDictionaries.AssertSameZeros(codes, expectedCodes);
            Assert.InRange(TestDictionaries.Deviation(codes, expectedCodes), 0, Tolerance);
            Assert.InRange(TestDictionaries.Deviation(reconstruction, expectedReconstruction), 0, Tolerance);
        }
    }

    /// <summary>A training checkpoint, saved as a finished model, is the finished model that the published code saves.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Writing_gives_the_published_keys_shapes_types_and_numbers(string name, string stage)
    {
        using TemporaryFolder folder = new();
        bool fork = name.StartsWith("polysae", StringComparison.Ordinal);
        DictionaryLayout layout = (fork, stage) switch
        {
            (true, "training") => DictionaryLayout.PolySaeForkTraining,
            (true, _) => DictionaryLayout.PolySaeFork,
            (false, "training") => DictionaryLayout.SaeLensTraining,
            _ => DictionaryLayout.SaeLens,
        };
        using (SparseDictionary dictionary = DictionaryFiles.Load(TestDictionaries.Checkpoint(name, "training"), _device))
            DictionaryFiles.Save(dictionary, folder["out"], layout, provenance: DictionaryFiles.Describe(TestDictionaries.Checkpoint(name, "training")).Provenance);

        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(TestDictionaries.Checkpoint(name, stage), "sae_weights.safetensors"));
        using SafetensorsFile actual = SafetensorsFile.Open(Path.Combine(folder["out"], "sae_weights.safetensors"));
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), actual.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (TensorInfo info in expected.Tensors.Values)
        {
            Assert.Equal((info.Type, info.ShapeText), (actual.Info(info.Name).Type, actual.Info(info.Name).ShapeText));
            // The placeholder holds random numbers upstream; only matryoshka trains it, for its inner levels.
            if (fork && info.Name == "W_dec" && !name.Contains("matryoshka", StringComparison.Ordinal)) continue;
            double[] want = expected.ReadFloat64(info.Name), got = actual.ReadFloat64(info.Name);
            // Folding norms and taking exp(log θ) round; everything else is copied.
            double allowed = info.Name == "threshold" || name is "saelens_topk" or "saelens_batchtopk" ? 4e-7 * want.Select(Math.Abs).Max() : 0;
            for (int i = 0; i < want.Length; i++) Assert.InRange(got[i], want[i] - allowed, want[i] + allowed);
        }

        AssertSameConfiguration(TestDictionaries.Checkpoint(name, stage), folder["out"]);
    }

    [Fact]
    public void A_training_checkpoint_yields_all_that_training_on_needs()
    {
        DictionarySpec matryoshka = DictionaryFiles.Describe(TestDictionaries.Checkpoint("polysae_matryoshka_order3", "training")).Spec;
        Assert.Equal(SparsifierKind.BatchTopK, matryoshka.Sparsifier.Kind);
        Assert.Equal(6, matryoshka.Sparsifier.K);
        Assert.Equal([12, 24, 48], matryoshka.Matryoshka.Widths);
        Assert.Equal(MatryoshkaInner.Linear, matryoshka.Matryoshka.Inner);
        Assert.Equal([16, 5, 3], matryoshka.Decoder.Ranks);
        Assert.Equal(1.0, matryoshka.AuxK.Coefficient);

        DictionarySpec jump = DictionaryFiles.Describe(TestDictionaries.Checkpoint("saelens_jumprelu", "training")).Spec;
        Assert.Equal((0.3, 0.05, 0, ThresholdParameter.Log), (jump.Sparsifier.Bandwidth, jump.Sparsifier.L0Coefficient, jump.Sparsifier.WarmUpSteps, jump.Sparsifier.ThresholdParameter));

        DictionarySpec topk = DictionaryFiles.Describe(TestDictionaries.Checkpoint("saelens_topk", "training")).Spec;
        Assert.True(topk.Sparsifier.RescaleByDecoderNorm);

        DictionarySpec gated = DictionaryFiles.Describe(TestDictionaries.Checkpoint("saelens_gated", "training")).Spec;
        Assert.Equal((EncoderKind.Gated, 0.3), (gated.Encoder.Kind, gated.Sparsifier.L1Coefficient));
    }

    [Fact]
    public void The_threshold_of_a_training_checkpoint_is_read_in_double_precision()
    {
        using SparseDictionary dictionary = DictionaryFiles.Load(TestDictionaries.Checkpoint("polysae_batchtopk_order3", "training"), _device);
        Assert.Equal(0.08864713861761254, dictionary.Threshold);
    }

    [Fact]
    public void Placeholders_are_named_as_ignored()
    {
        DictionaryDescription description = DictionaryFiles.Describe(TestDictionaries.Checkpoint("polysae_topk_order2", "training"));
        Assert.Equal(["C3", "U1", "U2", "U3", "W_dec", "lambda3"], description.IgnoredTensors);
        Assert.Equal("gpt2-small", description.Provenance.Model);
        Assert.Equal("blocks.8.hook_resid_post", description.Provenance.Hook);
    }

    private static void AssertSameConfiguration(string expectedFolder, string actualFolder)
    {
        using JsonDocument expected = JsonFile.Read(Path.Combine(expectedFolder, "cfg.json"));
        using JsonDocument actual = JsonFile.Read(Path.Combine(actualFolder, "cfg.json"));
        Assert.Equal(Keys(expected.RootElement), Keys(actual.RootElement));
        foreach (JsonProperty property in expected.RootElement.EnumerateObject())
        {
            if (property.Name == "metadata")
            {
                Assert.Equal([.. Keys(property.Value), "saesharp"], Keys(actual.RootElement.GetProperty("metadata")).OrderBy(key => key == "saesharp").ThenBy(key => key, StringComparer.Ordinal));
                continue;
            }

            JsonElement value = actual.RootElement.GetProperty(property.Name);
            if (property.Value.ValueKind == JsonValueKind.Number) Assert.Equal(property.Value.GetDouble(), value.GetDouble());
            else Assert.Equal(JsonSerializer.Serialize(property.Value), JsonSerializer.Serialize(value));
        }
    }

    private static IEnumerable<string> Keys(JsonElement element) => element.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);
}
