using System.Diagnostics;
using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Tests;

public sealed class TrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_leaves_what_the_design_promises_and_refuses_to_be_trampled()
    {
        string run = _folder["run"];
        Cli.Succeed([.. Small(), "--out", run]);

        Assert.True(File.Exists(Path.Combine(run, "recipe.yaml")));
        Assert.Equal(2, File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count(line => line.Contains("\"step\":20,", StringComparison.Ordinal)));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(run, "checkpoints")));
        foreach (string name in (string[])["polysae", "linear"])
        {
            Assert.True(File.Exists(Path.Combine(run, "dictionary", name, "cfg.json")));
            Assert.True(File.Exists(Path.Combine(run, "dictionary", name, "sae_weights.safetensors")));
        }

        Assert.Contains("--resume", Cli.Refuse([.. Small(), "--out", run]), StringComparison.Ordinal);
        Assert.Contains("leave out --seed", Cli.Refuse("train", "--resume", run, "--seed", "3"), StringComparison.Ordinal);
        Cli.Succeed([.. Small(), "--out", run, "--overwrite"]);
        Cli.Succeed("train", "--resume", run);
        Assert.Equal("run", Cli.Succeed("inspect", run, "--json").Json.GetProperty("kind").GetString());
    }

    [Fact]
    public void One_dictionary_stands_in_the_dictionary_folder_itself()
    {
        File.WriteAllText(_folder["r.yaml"], "dictionaries: [{ name: only, latents: 24, sparsifier: { k: 3 } }]\n");
        Cli.Succeed([.. Small("train", _folder["r.yaml"]), "--out", _folder["run"]]);
        Assert.True(File.Exists(Path.Combine(_folder["run"], "dictionary", "cfg.json")));
    }

    [Fact]
    public void The_written_recipe_says_everything_and_gives_the_same_run_again()
    {
        Cli.Succeed([.. Small(), "--out", _folder["a"]]);
        Recipe recipe = RecipeFile.Read(Path.Combine(_folder["a"], "recipe.yaml"));
        Assert.Equal(20, recipe.Training.Steps);
        Assert.Equal([12, 4, 4], recipe.Dictionaries[0].Decoder.Ranks);
        Assert.Equal((false, Normalization.None), (recipe.Data.ExcludeNormOutliers, recipe.Data.Normalize));

        Cli.Succeed("train", Path.Combine(_folder["a"], "recipe.yaml"), "--out", _folder["b"], "--threads", "1");
        Assert.Equal(Weights("a", "polysae"), Weights("b", "polysae"));
        Assert.Equal(Weights("a", "linear"), Weights("b", "linear"));
    }

    [Fact]
    public void Given_weights_bring_their_description_and_stay_as_they_are_in_a_step_of_rate_zero()
    {
        DictionarySpec spec = new() { Name = "mine", Latents = 30, Sparsifier = new SparsifierSpec { K = 5 } };
        using (CpuDevice device = new(1))
        using (SparseDictionary dictionary = SparseDictionary.Create(spec, 12, device, 9))
            DictionaryFiles.Save(dictionary, _folder["mine"]);

        // A rate far below the resolution of float32 weights moves nothing.
        Cli.Succeed("train", "--activations", Vectors(), "--shuffle", "none", "--init", _folder["mine"], "--steps", "2", "--batch", "64", "--learning-rate", "1e-30", "--out", _folder["run"]);
        Recipe recipe = RecipeFile.Read(Path.Combine(_folder["run"], "recipe.yaml"));
        DictionarySpec trained = Assert.Single(recipe.Dictionaries);
        Assert.Equal((30, 5.0), (trained.Latents, trained.Sparsifier.K));
        using SafetensorsFile before = SafetensorsFile.Open(Path.Combine(_folder["mine"], "sae_weights.safetensors"));
        using SafetensorsFile after = SafetensorsFile.Open(Path.Combine(_folder["run"], "dictionary", "sae_weights.safetensors"));
        foreach (string name in before.Tensors.Keys)
        {
            float[] x = before.ReadFloat32(name), y = after.ReadFloat32(name);
            // Two steps of Adam move a weight by 2e-30 at most; biases start at 0, where that can be seen.
            for (int i = 0; i < x.Length; i++) Assert.InRange(Math.Abs(x[i] - y[i]), 0, 3e-30f);
        }
    }

    [Fact]
    public void Weights_of_another_width_are_refused_before_anything_is_written()
    {
        using (CpuDevice device = new(1))
        using (SparseDictionary dictionary = SparseDictionary.Create(new DictionarySpec { Latents = 30 }, 8, device, 9))
            DictionaryFiles.Save(dictionary, _folder["mine"]);

        string message = Cli.Refuse("train", "--activations", Vectors(), "--init", _folder["mine"], "--steps", "2", "--batch", "64", "--out", _folder["run"]);
        Assert.Contains("width 8", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void The_bundled_model_trains_and_is_measured_from_one_command()
    {
        Cli run = Cli.Succeed("train", "--tokens", "4096", "--batch", "512", "--latents", "256", "--k", "8", "--evaluation.tokens", "1024", "--out", _folder["run"], "--json");
        foreach (System.Text.Json.JsonElement result in run.Json.GetProperty("results").EnumerateArray())
        {
            foreach (string metric in (string[])["fvu", "mse_per_element", "mse_per_token", "l0", "dead_share", "ce_recovered", "kl"])
            {
                System.Text.Json.JsonElement value = result.GetProperty("metrics").GetProperty(metric);
                Assert.True(double.IsFinite(value.GetProperty("value").GetDouble()), metric);
                Assert.True(value.GetProperty("formula_version").GetInt32() >= 1, metric);
            }

            Assert.Equal(8, result.GetProperty("metrics").GetProperty("l0").GetProperty("value").GetDouble());
        }

        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder["run"], "evaluation"), "*.json").Length);
        Cli again = Cli.Succeed("eval", _folder["run"], "--json");
        Assert.Equal(run.Json.GetProperty("results").GetRawText(), again.Json.GetProperty("results").GetRawText());
    }

    [Fact]
    public async Task A_terminated_run_leaves_a_checkpoint_to_go_on_from()
    {
        if (OperatingSystem.IsWindows()) return;
        ProcessStartInfo start = new("dotnet") { RedirectStandardError = true };
        foreach (string word in (string[])[typeof(Framework.Application).Assembly.Location, .. Small(), "--steps", "10000000", "--checkpoint-every", "0", "--out", _folder["run"]]) start.ArgumentList.Add(word);
        int steps = start.ArgumentList.IndexOf("20");
        start.ArgumentList.RemoveAt(steps);
        start.ArgumentList.RemoveAt(steps - 1);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        while (!File.Exists(Path.Combine(_folder["run"], "metrics.jsonl"))) await Task.Delay(50);
        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!) await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("--resume", await error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder["run"], "checkpoints")));
    }

    private string[] Small(params string[] verb) =>
        [.. verb.Length == 0 ? ["train"] : verb, "--activations", Vectors(), "--batch", "64", "--steps", "20", .. verb.Length == 0 ? (string[])["--latents", "32", "--k", "4"] : []];

    private string Vectors() => File.Exists(_folder["v.safetensors"]) ? _folder["v.safetensors"] : TestVectors.Write(_folder["v.safetensors"]);

    private byte[] Weights(string run, string name) => File.ReadAllBytes(Path.Combine(_folder[run], "dictionary", name, "sae_weights.safetensors"));
}
