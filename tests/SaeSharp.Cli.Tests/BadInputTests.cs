namespace SaeSharp.Cli.Tests;

/// <summary>Wrong command lines and hostile files: exit code 2, one sentence that names the mend, nothing half-written.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("nosuchverb", "there is no verb 'nosuchverb'")]
    [InlineData("trian", "did you mean 'train'?")]
    [InlineData("train --learning-rat 1", "did you mean '--learning-rate'?")]
    [InlineData("train --sparsifier.knd topk", "did you mean '--sparsifier.kind'?")]
    [InlineData("train --dictionaries.third.k 3", "it has polysae, linear")]
    [InlineData("train --k 99999999", "more than its 2048 latents")]
    [InlineData("train --k 2.5", "topk needs a whole number")]
    [InlineData("train --k 0", "expected a positive number")]
    [InlineData("train --seed -1", "--seed: 'training.seed' is '-1'")]
    [InlineData("train --seed", "flag '--seed' needs a value")]
    [InlineData("train --seed --k 3", "flag '--seed' needs a value")]
    [InlineData("train --tokens many", "--tokens: 'tokens' is 'many'")]
    [InlineData("train --tokens 0", "tokens is 0")]
    [InlineData("train --batch 0", "training.batch is 0")]
    [InlineData("train --batch 99999999999", "--batch: 'training.batch'")]
    [InlineData("train --decoder.ranks 16,32,8", "R1 ≥ R2 ≥ R3")]
    [InlineData("train --decoder.ranks 4096,16,16", "more than its 2048 latents")]
    [InlineData("train --decoder.order 4", "expected 1, 2 or 3")]
    [InlineData("train --hook blocks.9.hook_resid_post", "layers 0 to 4")]
    [InlineData("train --hook blocks.2.hook_resid_pots", "is not a hook point")]
    [InlineData("train --hook blocks.2.attn.hook_pattern", "has no width")]
    [InlineData("train --context 100000", "256")]
    [InlineData("train --model nowhere", "nowhere")]
    [InlineData("train --corpus nowhere.txt", "nowhere.txt")]
    [InlineData("train --evaluation.corpus nowhere.txt", "nowhere.txt")]
    [InlineData("train --init nowhere", "nowhere")]
    [InlineData("train --activations nowhere.safetensors", "nowhere.safetensors")]
    [InlineData("train nowhere.yaml", "nowhere.yaml")]
    [InlineData("train one.yaml two.yaml", "two.yaml")]
    [InlineData("train --resume nowhere", "no recipe.yaml")]
    [InlineData("train --threads -3", "--threads")]
    [InlineData("train --matryoshka.widths 64,32", "must ascend")]
    [InlineData("train --encoder.kind gated", "needs a linear decoder")]
    [InlineData("inspect nowhere", "nowhere")]
    [InlineData("encode nowhere --input x --out y", "x")]
    [InlineData("encode nowhere --out y", "--input")]
    [InlineData("eval nowhere", "nowhere")]
    [InlineData("convert nowhere elsewhere", "nowhere")]
    [InlineData("run assets/models/gpt2-tiny --out x", "--ids FILE or --text TEXT")]
    [InlineData("run assets/models/gpt2-tiny --ids nowhere.safetensors --out x", "nowhere.safetensors")]
    [InlineData("run assets/models/gpt2-tiny --text a --capture resid_post.17 --out x", "layers 0 to 4")]
    [InlineData("generate assets/models/gpt2-tiny --prompt a --top-p 3", "Top-p")]
    [InlineData("generate assets/models/gpt2-tiny --tokens x", "--tokens")]
    [InlineData("plan --model nowhere", "expected a folder, or one of gpt2")]
    [InlineData("plan --gflops -1", "must be positive")]
    [InlineData("bench step --decoder cubic", "cubic")]
    [InlineData("bench step --k 99999 --latents 64", "more than its 64 latents")]
    [InlineData("bench gemm --m 0", "must be positive")]
    public void A_wrong_command_line_is_refused(string line, string expected)
    {
        string[] words = line.Split(' ');
        string message = Cli.Refuse(words[0] == "train" && !line.Contains("--resume", StringComparison.Ordinal) ? [.. words, "--out", _folder["run"]] : words);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Hostile_vector_files_are_refused()
    {
        string[] files =
        [
            TestVectors.WriteRaw(_folder["huge"], "{}", 0, int.MaxValue),
            TestVectors.WriteRaw(_folder["lie"], """{"activations":{"dtype":"F32","shape":[9,9],"data_offsets":[0,4]}}""", 4),
            TestVectors.WriteRaw(_folder["overflow"], """{"activations":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0),
            TestVectors.WriteRaw(_folder["outside"], """{"activations":{"dtype":"F32","shape":[2,2],"data_offsets":[4096,4112]}}""", 16),
            TestVectors.WriteRaw(_folder["type"], """{"activations":{"dtype":"I64","shape":[2,2],"data_offsets":[0,32]}}""", 32),
            TestVectors.WriteRaw(_folder["none"], """{"activations":{"dtype":"F32","shape":[0,4],"data_offsets":[0,0]}}""", 0),
            TestVectors.WriteRaw(_folder["words"], "this is no JSON at all", 0),
            Empty("empty"),
        ];
        foreach (string file in files)
        {
            string message = Cli.Refuse("train", "--activations", file, "--out", _folder["run"]);
            Assert.Contains(Path.GetFileName(file), message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(_folder["run"]));
        }
    }

    [Fact]
    public void Vectors_that_are_not_finite_are_refused()
    {
        float[] values = new float[64 * 8];
        values[77] = float.NaN;
        SaeSharp.Models.Files.SafetensorsWriter writer = new();
        writer.Add("activations", values, 64, 8);
        writer.Save(_folder["nan"]);
        Assert.Contains("not finite", Cli.Refuse("train", "--activations", _folder["nan"], "--latents", "16", "--k", "2", "--batch", "64", "--steps", "1", "--out", _folder["run"]), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_corpus_and_one_that_is_no_text_are_refused()
    {
        File.WriteAllBytes(_folder["c.txt"], []);
        Assert.Contains("is empty", Cli.Refuse("train", "--corpus", _folder["c.txt"], "--out", _folder["run"]), StringComparison.Ordinal);
        File.WriteAllBytes(_folder["c.txt"], [.. "Good text, then "u8, 0xC3, 0x28]);
        Assert.Contains("UTF-8", Cli.Refuse("train", "--corpus", _folder["c.txt"], "--out", _folder["run"]), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void An_unknown_key_of_a_recipe_is_named_with_the_nearest_and_the_line()
    {
        File.WriteAllText(_folder["x.yaml"], "tokens: 1000\nmodle: x\n");
        string message = Cli.Refuse("train", _folder["x.yaml"], "--out", _folder["run"]);
        Assert.Contains("x.yaml, line 2: unknown key 'modle'; did you mean 'model'?", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_nothing_known_is_refused() => Assert.Contains("holds nothing that is known", Cli.Refuse("inspect", _folder.Root), StringComparison.Ordinal);

    [Fact]
    public void A_folder_that_cannot_be_written_is_refused()
    {
        File.WriteAllText(_folder["file"], "in the way");
        string vectors = TestVectors.Write(_folder["v.safetensors"]);
        string[] small = ["train", "--activations", vectors, "--latents", "16", "--k", "2", "--batch", "64", "--steps", "1"];
        Cli.Refuse([.. small, "--out", Path.Combine(_folder["file"], "run")]);
        Cli.Refuse([.. small, "--out", _folder["file"]]);
        Assert.Equal("in the way", File.ReadAllText(_folder["file"]));
    }

    [Fact]
    public void A_fault_of_the_program_shows_its_trace_only_on_request()
    {
        Cli plain = Cli.Run("inspect", "nowhere"), debug = Cli.Run("inspect", "nowhere", "--debug");
        Assert.DoesNotContain("   at ", plain.Error, StringComparison.Ordinal);
        Assert.Contains("   at ", debug.Error, StringComparison.Ordinal);
    }

    private string Empty(string name)
    {
        File.WriteAllBytes(_folder[name], []);
        return _folder[name];
    }
}
