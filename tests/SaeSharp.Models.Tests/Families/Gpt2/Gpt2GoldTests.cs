using System.Text.Json;
using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Generation;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Families.Gpt2;

/// <summary>
/// Everything in the gold files: made in float64 from the stored weights, by a reference that agrees with two independent
/// implementations to 3e-13. Tolerances are those of each fixture's report, five times what two float32 codes showed.
/// </summary>
public sealed class Gpt2GoldTests
{
    public static TheoryData<string> Fixtures => ["base-f32", "base-bf16", "base-f16", "sharded-f32"];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Logits_and_every_hook_point_meet_the_gold_values(string fixture)
    {
        string folder = TestData.At("gpt2", fixture);
        (double logitTolerance, double hookTolerance) = Tolerances(folder);
        using LanguageModel model = LanguageModel.Load(folder, Devices.Shared);
        using SafetensorsFile gold = SafetensorsFile.Open(Path.Combine(folder, "gold.safetensors"));
        int compared = 0;
        foreach (string text in (string[])["T1", "T7", "T33", "T130"])
        {
            int[] ids = [.. gold.ReadInt64($"{text}.input_ids").Select(id => (int)id)];
            using Matrix logits = model.Device.Allocate(ids.Length, model.Description.VocabularySize);
            ForwardPass pass = new ForwardPass().Logits(logits);
            Dictionary<string, Matrix> captured = [];
            foreach (string name in gold.Tensors.Keys.Where(name => name.StartsWith($"{text}.", StringComparison.Ordinal)))
            {
                if (!HookPoint.TryParse(name[(text.Length + 1)..], out HookPoint point)) continue;
                HookPointShape shape = model.Description.Shape(point);
                captured[name] = model.Device.Allocate(shape.Rows(1, ids.Length), shape.Columns(ids.Length));
                pass.Capture(point, captured[name]);
            }

            model.Forward(new TokenBatch(ids), pass);
            foreach ((string name, Matrix values) in captured)
            {
                Close(gold.ReadFloat64(name), values.AsSpan(), hookTolerance, name);
                compared++;
                values.Dispose();
            }

            bool isTail = text == "T130";
            double[] expected = gold.ReadFloat64(isTail ? "T130.logits_from64" : $"{text}.logits");
            Close(expected, logits.AsSpan()[^expected.Length..], logitTolerance, $"{text}.logits");
            if (text == "T7") Close(gold.ReadFloat64("T7.logits_f64"), logits.AsSpan(), logitTolerance, "T7.logits_f64");
        }

        // resid_pre of block 0, embeddings, final norm, and per block all sites: nothing of the gold file may be left out.
        int hooks = gold.Tensors.Keys.Count(name => name.Contains("hook_", StringComparison.Ordinal) || name.EndsWith("final_norm", StringComparison.Ordinal));
        Assert.Equal(hooks, compared);
        Assert.True(compared > 40, $"only {compared} hook points were compared");
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Greedy_continuations_equal_the_gold_ones(string fixture)
    {
        string folder = TestData.At("gpt2", fixture);
        using LanguageModel model = LanguageModel.Load(folder, Devices.Shared);
        using SafetensorsFile gold = SafetensorsFile.Open(Path.Combine(folder, "gold.safetensors"));
        Generator generator = new(model);
        foreach (string text in (string[])["T7", "T33"])
        {
            int[] prompt = [.. gold.ReadInt64($"{text}.input_ids").Select(id => (int)id)];
            GeneratedSequence result = generator.Generate(prompt, new GenerationOptions { MaximumTokens = 20 });
            Assert.Equal(gold.ReadInt64($"{text}.greedy20"), result.Tokens.Select(id => (long)id));
        }
    }

    [Fact]
    public void The_bundled_model_meets_its_gold_values()
    {
        using LanguageModel model = LanguageModel.Load(TestData.Gpt2Tiny, Devices.Shared);
        using SafetensorsFile gold = SafetensorsFile.Open(TestData.At("gpt2-tiny", "gold.safetensors"));
        for (int text = 0; text < 4; text++)
        {
            int[] ids = [.. gold.ReadInt64($"text{text}.input_ids").Select(id => (int)id)];
            using Matrix logits = model.Device.Allocate(ids.Length, model.Description.VocabularySize);
            ForwardPass pass = new ForwardPass().Logits(logits);
            Matrix[] residuals = [.. Enumerable.Range(0, model.Description.Layers).Select(_ => model.Device.Allocate(ids.Length, model.Description.Width))];
            for (int layer = 0; layer < residuals.Length; layer++) pass.Capture(HookPoint.ResidualPost(layer), residuals[layer]);
            model.Forward(new TokenBatch(ids), pass);

            // The gold is float32 itself: its logits differ from float64 by up to 3.6e-5, ours may as much.
            Close(gold.ReadFloat64($"text{text}.logits"), logits.AsSpan(), 1e-4, $"text{text}.logits");
            for (int layer = 0; layer < residuals.Length; layer++)
            {
                Close(gold.ReadFloat64($"text{text}.resid_post.{layer}"), residuals[layer].AsSpan(), 1e-4, $"text{text}.resid_post.{layer}");
                residuals[layer].Dispose();
            }
        }
    }

    private static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double tolerance, string name)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(expected[i] - actual[i]);
            Assert.True(error <= tolerance, $"{name}[{i}] is {actual[i]}, expected {expected[i]} (error {error:g3})");
        }
    }

    private static (double Logits, double Hooks) Tolerances(string folder)
    {
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "report.json")));
        JsonElement tolerance = report.RootElement.GetProperty("tolerance_fp32_abs");
        return (tolerance.GetProperty("logits").GetDouble(), tolerance.GetProperty("resid").GetDouble());
    }
}
