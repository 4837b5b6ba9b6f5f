using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Tests;

/// <summary>The doors for people with their own data: run, capture, encode, convert, generate.</summary>
public sealed class DoorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    public void Encode_writes_the_codes_and_reconstructions_of_the_library_whatever_the_batch(int batch)
    {
        using CpuDevice device = new(1);
        using SparseDictionary dictionary = SparseDictionary.Create(new DictionarySpec { Latents = 40, Sparsifier = new SparsifierSpec { K = 5 } }, 12, device, 1);
        DictionaryFiles.Save(dictionary, _folder["d"]);
        TestVectors.Write(_folder["x"], "mine", 2, 5, 12);
        Cli.Succeed("encode", _folder["d"], "--input", _folder["x"], "--tensor", "mine", "--out", _folder["o"], "--pre-activations", "--batch", $"{batch}");

        using Matrix x = device.Allocate(10, 12), y = device.Allocate(10, 12), h = device.Allocate(10, 40);
        using CsrMatrix codes = device.AllocateCsr(10, 40, 100);
        using (SafetensorsFile input = SafetensorsFile.Open(_folder["x"])) input.ReadFloat32("mine", x.AsSpan());
        dictionary.Encode(x, codes);
        dictionary.Decode(codes, y);
        dictionary.Scores(x, h);
        using SafetensorsFile output = SafetensorsFile.Open(_folder["o"]);
        Assert.Equal(codes.RowPointerSpan.ToArray().Select(value => (long)value), output.ReadInt64("codes.row_pointers"));
        Assert.Equal(codes.ColumnIndexSpan.ToArray().Select(value => (long)value), output.ReadInt64("codes.column_indices"));
        Assert.Equal(codes.ValueSpan.ToArray(), output.ReadFloat32("codes.values"));
        Assert.Equal(y.AsSpan().ToArray(), output.ReadFloat32("reconstruction"));
        Assert.Equal(h.AsSpan().ToArray(), output.ReadFloat32("pre_activations"));
        Assert.True(output.Info("pre_activations").HasShape(10, 40));
        Assert.Equal(["d", "o", "x"], Directory.EnumerateFileSystemEntries(_folder.Root).Select(path => Path.GetFileName(path)).Order());
    }

    [Fact]
    public void Both_score_paths_of_a_gated_dictionary_are_written()
    {
        using CpuDevice device = new(1);
        using SparseDictionary dictionary = SparseDictionary.Create(new DictionarySpec { Latents = 20, Encoder = new EncoderSpec { Kind = EncoderKind.Gated } }, 12, device, 1);
        device.Fill(dictionary["b_gate"].Value, -0.5f);
        device.Fill(dictionary["r_mag"].Value, 1f);
        device.Fill(dictionary["b_mag"].Value, 0.25f);
        DictionaryFiles.Save(dictionary, _folder["d"]);
        TestVectors.Write(_folder["x"], "x", 4, 12);
        Cli.Succeed("encode", _folder["d"], "--input", _folder["x"], "--out", _folder["o"], "--pre-activations");

        using SafetensorsFile output = SafetensorsFile.Open(_folder["o"]);
        float[] gate = output.ReadFloat32("gate_pre_activations"), magnitude = output.ReadFloat32("pre_activations");
        // One float32 rounding of a sum of two numbers of order 1, scaled by e: 1e-6.
        for (int i = 0; i < gate.Length; i++) Assert.Equal(((gate[i] + 0.5) * Math.E) + 0.25, magnitude[i], 1e-6 * 5);
    }

    [Fact]
    public void Vectors_of_another_width_are_refused_and_leave_no_file()
    {
        using CpuDevice device = new(1);
        using SparseDictionary dictionary = SparseDictionary.Create(new DictionarySpec { Latents = 20 }, 8, device, 1);
        DictionaryFiles.Save(dictionary, _folder["d"]);
        TestVectors.Write(_folder["x"]);
        Assert.Contains("width 12", Cli.Refuse("encode", _folder["d"], "--input", _folder["x"], "--out", _folder["o"]), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["o"]));
    }

    [Fact]
    public void Run_takes_text_or_ids_and_gives_the_same()
    {
        Cli.Succeed("run", "assets/models/gpt2-tiny", "--text", "In the beginning", "--capture", "resid_post.0,blocks.4.hook_mlp_out", "--out", _folder["a"]);
        SafetensorsWriter ids = new();
        int[] tokens = SaeSharp.Models.Tokenizers.TokenizerFile.LoadFolder(Framework.BundledFiles.Find("assets/models/gpt2-tiny")!) is var tokenizer
            ? SaeSharp.Models.Tokenizers.TokenizerExtensions.Encode(tokenizer, "In the beginning") : [];
        ids.Add("tokens", [.. tokens.Select(token => (long)token)], 1, tokens.Length);
        ids.Save(_folder["ids"]);
        Cli json = Cli.Succeed("run", "assets/models/gpt2-tiny", "--ids", _folder["ids"], "--ids-name", "tokens", "--capture", "resid_post.0", "--out", _folder["b"], "--json");

        using SafetensorsFile a = SafetensorsFile.Open(_folder["a"]), b = SafetensorsFile.Open(_folder["b"]);
        Assert.Equal(a.ReadFloat32("logits"), b.ReadFloat32("logits"));
        Assert.Equal(a.ReadFloat32("blocks.0.hook_resid_post"), b.ReadFloat32("blocks.0.hook_resid_post"));
        Assert.True(b.Info("logits").HasShape(1, tokens.Length, 4096));
        Assert.Equal(2, json.Json.GetProperty("tensors").GetArrayLength());
    }

    [Fact]
    public void Captured_vectors_can_be_inspected_trained_on_and_measured_on()
    {
        Cli captured = Cli.Succeed("capture", "--tokens", "1000", "--out", _folder["acts"], "--type", "BF16", "--json");
        Assert.Equal((1000, "BF16"), (captured.Json.GetProperty("vectors").GetInt64(), captured.Json.GetProperty("type").GetString()));
        Assert.Equal(192, Cli.Succeed("inspect", _folder["acts"], "--json").Json.GetProperty("width").GetInt32());
        Cli.Refuse("capture", "--tokens", "1000", "--out", _folder["acts"]);
        Cli.Succeed("train", "--activations", _folder["acts"], "--batch", "200", "--steps", "3", "--latents", "256", "--k", "4", "--out", _folder["run"]);
        Cli measured = Cli.Succeed("eval", _folder["run"], "--activations", _folder["acts"], "--json");
        Assert.Equal(4, measured.Json.GetProperty("results")[0].GetProperty("metrics").GetProperty("l0").GetProperty("value").GetDouble());
        Assert.Contains("--model FOLDER", Cli.Refuse("eval", Path.Combine(_folder["run"], "dictionary", "linear")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_converted_dictionary_encodes_the_same()
    {
        using CpuDevice device = new(1);
        using SparseDictionary dictionary = SparseDictionary.Create(new DictionarySpec { Latents = 40, Sparsifier = new SparsifierSpec { K = 5 } }, 12, device, 1);
        DictionaryFiles.Save(dictionary, _folder["linear"]);
        string vectors = TestVectors.Write(_folder["x"]);
        Cli.Succeed("convert", _folder["linear"], _folder["poly"], "--import-linear");
        Cli.Succeed("convert", _folder["poly"], _folder["fork"], "--layout", "polysae-fork");
        Cli.Refuse("convert", _folder["linear"], _folder["poly"], "--layout", "nosuch");
        Assert.Equal("polysae-fork", Cli.Succeed("inspect", _folder["fork"], "--json").Json.GetProperty("layout").GetString());
        float[] before = Reconstruct("linear"), after = Reconstruct("fork");
        // QR in float32 of 40 rows of width 12: a few roundings of numbers of order 1.
        for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], after[i], 1e-5);

        float[] Reconstruct(string name)
        {
            Cli.Succeed("encode", _folder[name], "--input", vectors, "--out", _folder[name + ".out"]);
            using SafetensorsFile file = SafetensorsFile.Open(_folder[name + ".out"]);
            return file.ReadFloat32("reconstruction");
        }
    }

    [Fact]
    public void Generation_repeats_with_its_seed()
    {
        string[] line = ["generate", "assets/models/gpt2-tiny", "--prompt", "She was", "--tokens", "8", "--temperature", "0.8", "--seed", "7"];
        Cli first = Cli.Succeed(line);
        Assert.StartsWith("She was", first.Out, StringComparison.Ordinal);
        Assert.Equal(first.Out, Cli.Succeed(line).Out);
        Assert.Equal("MaximumTokens", Cli.Succeed([.. line, "--json"]).Json.GetProperty("finish").GetString());
    }

    [Fact]
    public void Bench_gives_its_figures_as_json()
    {
        System.Text.Json.JsonElement gemm = Cli.Succeed("bench", "gemm", "--m", "64", "--k", "32", "--n", "64", "--json").Json;
        Assert.InRange(gemm.GetProperty("fraction").GetDouble(), 1e-6, 1.2);
        System.Text.Json.JsonElement step = Cli.Succeed("bench", "step", "--width", "32", "--latents", "128", "--k", "4", "--batch", "64", "--steps", "2", "--json").Json;
        foreach (string key in (string[])["step_seconds", "tokens_per_second", "floor_seconds", "floor_fraction", "peak_memory_bytes"])
            Assert.True(step.GetProperty(key).GetDouble() > 0, key);
    }
}
