using System.Text.Json;
using System.Text.Json.Nodes;
using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Formats;

public sealed class DictionaryFilesTests : IDisposable
{
    private const int Width = 12;
    private const int Latents = 40;

    /// <summary>A few roundings of float32: a product with a norm, its inverse, a product with a matrix.</summary>
    private const double Rounding = 2e-6;

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new();

    public static TheoryData<string, DictionaryLayout> Combinations
    {
        get
        {
            TheoryData<string, DictionaryLayout> data = [];
            foreach ((string name, DictionarySpec spec) in Specs)
            {
                bool polynomial = spec.Decoder.Kind == DecoderKind.Polynomial;
                data.Add(name, DictionaryLayout.SaeSharp);
                if (spec.Sparsifier.Kind == SparsifierKind.Relu && polynomial) continue;
                data.Add(name, polynomial ? DictionaryLayout.PolySaeFork : DictionaryLayout.SaeLens);
                data.Add(name, polynomial ? DictionaryLayout.PolySaeForkTraining : DictionaryLayout.SaeLensTraining);
            }

            return data;
        }
    }

    private static Dictionary<string, DictionarySpec> Specs
    {
        get
        {
            SparsifierSpec topk = new() { Kind = SparsifierKind.TopK, K = 5 };
            SparsifierSpec batch = new() { Kind = SparsifierKind.BatchTopK, K = 4.5, ThresholdRate = 0.02, ThresholdStart = 7, AnnealSteps = 3 };
            DecoderSpec cubic = new() { Kind = DecoderKind.Polynomial, Order = 3, Ranks = [12, 4, 2], Lambda2 = -0.25 };
            DictionarySpec plain = new() { Name = "a dictionary", Latents = Latents, Sparsifier = topk };
            MatryoshkaSpec nested = new() { Widths = [5, 10], Weights = [1, 2, 3] };
            return new Dictionary<string, DictionarySpec>
            {
                ["topk"] = plain with { AuxK = new AuxKSpec { Rule = AuxKRule.Sound, K = 3, DeadAfterTokens = 17 } },
                ["relu"] = plain with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.Relu, L1Coefficient = 0.7, L1ByDecoderNorm = false, WarmUpSteps = 9 } },
                ["unit rows"] = plain with { Decoder = new DecoderSpec { Rows = DecoderRows.Unit }, Encoder = new EncoderSpec { SubtractDecoderBias = false } },
                ["gated"] = plain with { Encoder = new EncoderSpec { Kind = EncoderKind.Gated }, Sparsifier = new SparsifierSpec { Kind = SparsifierKind.Relu } },
                ["batchtopk"] = plain with { Sparsifier = batch },
                ["matryoshka"] = plain with { Sparsifier = batch, Matryoshka = nested },
                ["jumprelu"] = plain with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.JumpRelu, Bandwidth = 0.2, L0Penalty = L0Penalty.Tanh } },
                ["polynomial topk"] = plain with { Decoder = cubic },
                ["polynomial order 1"] = plain with { Decoder = cubic with { Order = 1, Ranks = [12] } },
                ["polynomial order 2, ranks by default"] = plain with { Decoder = cubic with { Order = 2, Ranks = [] } },
                ["polynomial separate"] = plain with { Decoder = cubic with { SharedProjection = false } },
                ["polynomial batchtopk"] = plain with { Decoder = cubic, Sparsifier = batch },
                ["polynomial jumprelu"] = plain with { Decoder = cubic, Sparsifier = new SparsifierSpec { Kind = SparsifierKind.JumpRelu } },
                ["polynomial relu"] = plain with { Decoder = cubic, Sparsifier = new SparsifierSpec { Kind = SparsifierKind.Relu } },
                ["polynomial matryoshka"] = plain with { Decoder = cubic, Sparsifier = batch, Matryoshka = nested },
                ["polynomial matryoshka, linear inside"] = plain with { Decoder = cubic, Sparsifier = batch, Matryoshka = nested with { Inner = MatryoshkaInner.Linear } },
            };
        }
    }

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Reloading_gives_the_same_description_and_the_same_bits(string name, DictionaryLayout layout)
    {
        using SparseDictionary dictionary = TestDictionaries.Random(Specs[name], Width, _device);
        DictionaryFiles.Save(dictionary, _folder["d"], layout, provenance: new Provenance { Model = "m", Hook = "blocks.1.hook_resid_post", Context = 64, Seed = 5 });
        DictionaryDescription description = DictionaryFiles.Describe(_folder["d"]);
        Assert.Equal((true, Width, dictionary.ParameterCount), (description.IsRecorded, description.Width, description.ParameterCount));
        Assert.Equal(("m", "blocks.1.hook_resid_post", 64, 5UL), (description.Provenance.Model, description.Provenance.Hook, description.Provenance.Context, description.Provenance.Seed));
        using SparseDictionary back = DictionaryFiles.Load(_folder["d"], _device);
        Assert.Equal(JsonSerializer.Serialize(dictionary.Spec), JsonSerializer.Serialize(back.Spec));
        Assert.Equal(dictionary.Threshold, back.Threshold);
        Assert.Equal(dictionary.Parameters.Select(p => p.Name), back.Parameters.Select(p => p.Name));
        foreach (Parameter parameter in dictionary.Parameters) Assert.Equal(parameter.Value.AsSpan(), back[parameter.Name].Value.AsSpan());
        Assert.Equal(["cfg.json", "sae_weights.safetensors"], Directory.GetFiles(_folder["d"]).Select(Path.GetFileName).Order());
        Assert.Equal([_folder["d"]], Directory.GetFileSystemEntries(_folder.Root));
    }

    /// <summary>A saved dictionary takes raw inputs; in training it saw them scaled.</summary>
    [Theory]
    [MemberData(nameof(Combinations))]
    public void The_input_scale_is_folded_and_the_live_weights_stay(string name, DictionaryLayout layout)
    {
        const double Scale = 0.37;
        using SparseDictionary dictionary = TestDictionaries.Random(Specs[name], Width, _device);
        float[][] before = [.. dictionary.Parameters.Select(p => p.Value.AsSpan().ToArray())];
        DictionaryFiles.Save(dictionary, _folder["d"], layout, Scale);
        for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], dictionary.Parameters[i].Value.AsSpan());
        using SparseDictionary back = DictionaryFiles.Load(_folder["d"], _device);
        AssertSame(dictionary, back, Scale);
    }

    public static TheoryData<string, DictionaryLayout> Rescaled => new()
    {
        { "topk", DictionaryLayout.SaeSharp }, { "topk", DictionaryLayout.SaeLens }, { "topk", DictionaryLayout.SaeLensTraining },
        { "batchtopk", DictionaryLayout.SaeSharp }, { "batchtopk", DictionaryLayout.SaeLensTraining },
        { "polynomial topk", DictionaryLayout.SaeSharp }, { "polynomial topk", DictionaryLayout.PolySaeFork }, { "polynomial topk", DictionaryLayout.PolySaeForkTraining },
        { "polynomial batchtopk", DictionaryLayout.SaeSharp }, { "polynomial batchtopk", DictionaryLayout.PolySaeFork }, { "polynomial batchtopk", DictionaryLayout.PolySaeForkTraining },
    };

    /// <summary>The published conversions with rescaling are wrong in three places (F4 of the spec); ours choose the same latents and reconstruct the same.</summary>
    [Theory]
    [MemberData(nameof(Rescaled))]
    public void Decoder_norms_are_folded_without_changing_what_is_computed(string name, DictionaryLayout layout)
    {
        DictionarySpec spec = Specs[name];
        spec = spec with { Sparsifier = spec.Sparsifier with { RescaleByDecoderNorm = true } };
        using SparseDictionary dictionary = TestDictionaries.Random(spec, Width, _device);
        // A latent without a direction can never win; its norm must not be divided by.
        string table = spec.Decoder.Kind == DecoderKind.Polynomial ? "U" : "W_dec";
        dictionary[table].Value.Row(3).Clear();
        dictionary.Threshold = 0.05;
        DictionaryFiles.Save(dictionary, _folder["d"], layout, 0.37);
        using SparseDictionary back = DictionaryFiles.Load(_folder["d"], _device);
        AssertSame(dictionary, back, 0.37, sameCodes: false);
        using SparseDictionary used = DictionaryFiles.LoadForUse(_folder["d"], _device);
        AssertSame(dictionary, used, 0.37, sameCodes: false);
    }

    [Fact]
    public void A_folder_that_is_there_gets_its_files_replaced()
    {
        using SparseDictionary first = TestDictionaries.Random(Specs["topk"], Width, _device, seed: 1);
        using SparseDictionary second = TestDictionaries.Random(Specs["polynomial topk"], Width, _device, seed: 2);
        DictionaryFiles.Save(first, _folder["d"]);
        File.WriteAllText(Path.Combine(_folder["d"], "notes.txt"), "mine");
        DictionaryFiles.Save(second, _folder["d"]);
        Assert.Equal("polysae_topk", DictionaryFiles.Describe(_folder["d"]).Architecture);
        Assert.True(File.Exists(Path.Combine(_folder["d"], "notes.txt")));
        File.WriteAllText(_folder["file"], "");
        Assert.Throws<InputException>(() => DictionaryFiles.Save(first, _folder["file"]));
        Assert.Throws<InputException>(() => DictionaryFiles.Save(first, Path.Combine(_folder["file"], "below")));
        Assert.Equal(["d", "file"], Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("d_sae", "2147483648", "d_sae")]
    [InlineData("d_sae", "1e300", "d_sae")]
    [InlineData("d_sae", "268435456", "shape")]
    [InlineData("d_sae", "-4", "d_sae")]
    [InlineData("d_in", "16777217", "d_in")]
    [InlineData("d_in", "\"16\"", "d_in")]
    [InlineData("d_in", "17", "shape")]
    [InlineData("k", "49", "48 latents")]
    [InlineData("k", "0", "k")]
    [InlineData("poly_ranks", "[3, 5, 16]", "R1 ≥ R2 ≥ R3")]
    [InlineData("poly_ranks", "[16, 5]", "poly_ranks")]
    [InlineData("poly_ranks", "[2147483647, 2147483647, 1]", "latents")]
    [InlineData("poly_order", "4", "order")]
    [InlineData("shared_u", "1", "shared_u")]
    [InlineData("architecture", "\"transcoder\"", "poly_matryoshka")]
    [InlineData("normalize_activations", "\"layer_norm\"", "normalize_activations")]
    [InlineData("normalize_activations", "\"expected_average_only_in\"", "activation_scaler.json")]
    [InlineData("metadata", "3", "metadata")]
    [InlineData("metadata", "{\"saesharp\": {\"version\": \"1\"}}", "metadata.saesharp")]
    public void Configurations_that_make_no_sense_are_refused_in_one_sentence(string key, string value, string mentions)
    {
        CopyCheckpoint("polysae_topk_order3", "training", config => config[key] = JsonNode.Parse(value));
        InputException error = Assert.Throws<InputException>(() => DictionaryFiles.Load(_folder["d"], _device));
        Assert.Contains(mentions, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Weights_that_do_not_fit_are_refused_by_name()
    {
        AssertRefused(tensors => tensors.Remove("C2"), "'C2'");
        AssertRefused(tensors => tensors["extra"] = ([1f], [1]), "'extra'");
        AssertRefused(tensors => tensors["b_enc"] = (new float[47], [47]), "'b_enc'");
        AssertRefused(tensors => tensors["C1"].Values[7] = float.NaN, "'C1'");
        AssertRefused(tensors => tensors["W_enc"].Values[7] = float.PositiveInfinity, "'W_enc'");
        File.Delete(Path.Combine(_folder["d"], "sae_weights.safetensors"));
        Assert.Contains("sae_weights.safetensors", Assert.Throws<InputException>(() => DictionaryFiles.Load(_folder["d"], _device)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Contains("cfg.json", Assert.Throws<InputException>(() => DictionaryFiles.Describe(_folder["empty"])).Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => DictionaryFiles.Describe(_folder["none"]));
    }

    [Fact]
    public void Any_change_of_a_file_is_read_or_refused_but_never_breaks()
    {
        Random random = new(7);
        foreach (string name in (string[])["polysae_batchtopk_order3", "saelens_gated", "saelens_jumprelu"])
        {
            CopyCheckpoint(name, "inference", _ => { });
            using (SparseDictionary own = DictionaryFiles.Load(_folder["d"], _device)) DictionaryFiles.Save(own, _folder["own"]);
            foreach (string folder in (string[])["d", "own"])
            {
                foreach (string file in (string[])["cfg.json", "sae_weights.safetensors"])
                {
                    string path = Path.Combine(_folder[folder], file);
                    byte[] whole = File.ReadAllBytes(path);
                    for (int round = 0; round < 150; round++)
                    {
                        byte[] bytes = [.. whole];
                        for (int change = random.Next(1, 4); change > 0; change--) bytes[random.Next(Math.Min(bytes.Length, 1500))] = (byte)random.Next(256);
                        File.WriteAllBytes(path, round % 10 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
                        try
                        {
                            DictionaryFiles.Load(_folder[folder], _device).Dispose();
                        }
                        catch (InputException error)
                        {
                            Assert.DoesNotContain('\n', error.Message);
                        }
                    }

                    File.WriteAllBytes(path, whole);
                }
            }
        }
    }

    [Fact]
    public void A_record_that_contradicts_its_file_is_refused()
    {
        using SparseDictionary dictionary = TestDictionaries.Random(Specs["batchtopk"], Width, _device);
        DictionaryFiles.Save(dictionary, _folder["d"]);
        string path = Path.Combine(_folder["d"], "cfg.json");
        string text = File.ReadAllText(path);
        Refuse("\"kind\": \"batchtopk\"", "\"kind\": \"topk\"", "architecture");
        Refuse("\"latents\": 40", "\"latents\": 41", "latents");
        Refuse("\"threshold\": 0.123456789012345", "\"threshold\": 0.2", "threshold");
        Refuse("\"bandwidth\"", "\"bandwith\"", "bandwith");

        void Refuse(string from, string to, string mentions)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
            Assert.Contains(mentions, Assert.Throws<InputException>(() => DictionaryFiles.Load(_folder["d"], _device)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Older_files_of_saelens_are_read()
    {
        CopyCheckpoint("saelens_topk", "inference", config =>
        {
            config["architecture"] = "standard";
            config["activation_fn_str"] = "topk";
            config["activation_fn_kwargs"] = new JsonObject { ["k"] = 7 };
            config.Remove("k");
            config["model_name"] = "old-model";
            config.Remove("metadata");
        });
        DictionaryDescription description = DictionaryFiles.Describe(_folder["d"]);
        Assert.Equal((SparsifierKind.TopK, 7.0, "old-model"), (description.Spec.Sparsifier.Kind, description.Spec.Sparsifier.K, description.Provenance.Model));

        CopyCheckpoint("saelens_jumprelu", "training", _ => { });
        Dictionary<string, (float[] Values, long[] Shape)> tensors = ReadTensors("saelens_jumprelu");
        float[] threshold = tensors["threshold"].Values;
        tensors.Remove("threshold");
        tensors["log_threshold"] = (Array.ConvertAll(threshold, MathF.Log), [48]);
        WriteTensors(tensors);
        using SparseDictionary dictionary = DictionaryFiles.Load(_folder["d"], _device);
        for (int i = 0; i < threshold.Length; i++) Assert.Equal(threshold[i], MathF.Exp(dictionary["log_threshold"].Value[0, i]), 1e-6f);
    }

    [Fact]
    public void A_stored_input_factor_is_folded()
    {
        CopyCheckpoint("saelens_topk", "training", config => config["normalize_activations"] = "expected_average_only_in");
        File.WriteAllText(Path.Combine(_folder["d"], "activation_scaler.json"), "{\"scaling_factor\": 0.25}");
        using SparseDictionary plain = DictionaryFiles.Load(TestDictionaries.Checkpoint("saelens_topk", "training"), _device);
        using SparseDictionary scaled = DictionaryFiles.Load(_folder["d"], _device);
        AssertSame(plain, scaled, 0.25);
    }

    /// <summary>reference(x · scale) / scale = actual(x), with the same latents.</summary>
    private void AssertSame(SparseDictionary reference, SparseDictionary actual, double scale, bool sameCodes = true)
    {
        using Matrix x = TestDictionaries.RandomMatrix(_device, 64, reference.Width, 17);
        using Matrix scaled = _device.Allocate(64, reference.Width);
        _device.Axpby((float)scale, x, 0f, scaled);
        (Matrix codes, Matrix reconstruction) = TestDictionaries.Run(reference, scaled);
        (Matrix otherCodes, Matrix otherReconstruction) = TestDictionaries.Run(actual, x);
        _device.Axpby(0f, reconstruction, (float)(1 / scale), reconstruction);
        TestDictionaries.AssertSameZeros(otherCodes, codes);
        Assert.True(_device.SumOfSquares(codes) > 0);
        if (sameCodes) Assert.InRange(TestDictionaries.Deviation(otherCodes, codes), 0, Rounding);
        Assert.InRange(TestDictionaries.Deviation(otherReconstruction, reconstruction), 0, Rounding);
    }

    private void CopyCheckpoint(string name, string stage, Action<JsonObject> change)
    {
        Directory.CreateDirectory(_folder["d"]);
        foreach (string file in Directory.GetFiles(TestDictionaries.Checkpoint(name, stage))) File.Copy(file, Path.Combine(_folder["d"], Path.GetFileName(file)), overwrite: true);
        string path = Path.Combine(_folder["d"], "cfg.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(config);
        File.WriteAllText(path, config.ToJsonString());
    }

    private void AssertRefused(Action<Dictionary<string, (float[] Values, long[] Shape)>> change, string mentions)
    {
        CopyCheckpoint("polysae_topk_order3", "training", _ => { });
        Dictionary<string, (float[] Values, long[] Shape)> tensors = ReadTensors("polysae_topk_order3");
        change(tensors);
        WriteTensors(tensors);
        Assert.Contains(mentions, Assert.Throws<InputException>(() => DictionaryFiles.Load(_folder["d"], _device)).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, (float[] Values, long[] Shape)> ReadTensors(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(TestDictionaries.Checkpoint(name, "training"), "sae_weights.safetensors"));
        return file.Tensors.Values.ToDictionary(info => info.Name, info => (file.ReadFloat32(info.Name), info.Shape.ToArray()));
    }

    private void WriteTensors(Dictionary<string, (float[] Values, long[] Shape)> tensors)
    {
        SafetensorsWriter writer = new();
        foreach ((string name, (float[] values, long[] shape)) in tensors) writer.Add(name, TensorType.F32, shape, stream => stream.Write(values));
        writer.Save(Path.Combine(_folder["d"], "sae_weights.safetensors"));
    }
}
