using SaeSharp.Models.Files;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Running;
using SaeSharp.Models.Tests.Families.Gpt2;

namespace SaeSharp.Models.Tests.Running;

public sealed class ModelRunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sequence_gives_logits_and_hooks_without_a_batch_axis()
    {
        using SafetensorsFile gold = SafetensorsFile.Open(Path.Combine(Gpt2Fixture.Folder, "gold.safetensors"));
        SafetensorsWriter ids = new();
        ids.Add("T33.input_ids", gold.ReadInt64("T33.input_ids"));
        ids.Save(_folder["ids.safetensors"]);
        ModelRunResult result = Run("T33.input_ids", "blocks.1.hook_resid_post", "resid_mid.2", "final_norm", "blocks.0.attn.hook_z", "pattern.0");
        Assert.Equal((1, 33), (result.Sequences, result.Length));

        using SafetensorsFile output = SafetensorsFile.Open(_folder["out.safetensors"]);
        Assert.Equal(
            ["blocks.0.attn.hook_pattern", "blocks.0.attn.hook_z", "blocks.1.hook_resid_post", "blocks.2.hook_resid_mid", "final_norm", "logits"],
            output.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (string name in (string[])["logits", "blocks.1.hook_resid_post", "blocks.2.hook_resid_mid", "final_norm"])
        {
            TensorInfo expected = gold.Info($"T33.{name}");
            Assert.Equal(expected.Shape, output.Info(name).Shape);
            double[] values = gold.ReadFloat64(expected.Name), actual = output.ReadFloat64(name);
            for (int i = 0; i < values.Length; i++) Assert.Equal(values[i], actual[i], name == "logits" ? 1e-4 : 5e-5); // the fixture's report
        }

        Assert.Equal([33L, 4L, 16L], output.Info("blocks.0.attn.hook_z").Shape);
        Assert.Equal([4L, 33L, 33L], output.Info("blocks.0.attn.hook_pattern").Shape);
    }

    [Theory]
    [InlineData(false, 4096)]
    [InlineData(true, 4096)]
    [InlineData(true, 30)]
    [InlineData(true, 1)]
    public void A_batch_of_any_integer_type_and_any_number_of_passes_gives_the_same_numbers(bool narrow, int tokensPerPass)
    {
        int[] tokens = Gpt2Fixture.Ids(5 * 12);
        SafetensorsWriter ids = new();
        if (narrow) ids.Add("input_ids", tokens, 5, 12);
        else ids.Add("input_ids", tokens.Select(id => (long)id).ToArray(), 5, 12);
        ids.Save(_folder["ids.safetensors"]);
        ModelRunner.Run(Options("input_ids", "mlp_out.1", "pattern.1") with { TokensPerPass = tokensPerPass }, Devices.Shared);

        using LanguageModel model = LanguageModel.Load(Gpt2Fixture.Folder, Devices.Shared);
        using SafetensorsFile output = SafetensorsFile.Open(_folder["out.safetensors"]);
        Assert.Equal([5L, 12L, 257L], output.Info("logits").Shape);
        Assert.Equal([5L, 12L, 64L], output.Info("blocks.1.hook_mlp_out").Shape);
        Assert.Equal([5L, 4L, 12L, 12L], output.Info("blocks.1.attn.hook_pattern").Shape);
        Assert.Equal(Gpt2Fixture.Logits(model, tokens, 5), output.ReadFloat32("logits"));
        Assert.Equal(Gpt2Fixture.Capture(model, tokens, 5, HookPoint.MlpOut(1)), output.ReadFloat32("blocks.1.hook_mlp_out"));
        Assert.Equal(Gpt2Fixture.Capture(model, tokens, 5, new HookPoint(HookSite.AttentionPattern, 1)), output.ReadFloat32("blocks.1.attn.hook_pattern"));
    }

    [Fact]
    public void Wrong_ids_and_names_are_refused_and_nothing_is_written()
    {
        SafetensorsWriter ids = new();
        ids.Add("good", [1L, 2L]);
        ids.Add("large", [1L, 257L]);
        ids.Add("huge", [1L, long.MaxValue]);
        ids.Add("negative", [1L, -1L]);
        ids.Add("floats", [1f, 2f]);
        ids.Add("long", new long[137]);
        ids.Add("empty", Array.Empty<long>(), 0);
        ids.Add("cube", new long[8], 2, 2, 2);
        ids.AddScalar("scalar", 1L);
        ids.Save(_folder["ids.safetensors"]);
        foreach (string name in (string[])["large", "huge", "negative", "floats", "long", "empty", "cube", "scalar", "missing"])
        {
            string message = Assert.Throws<InputException>(() => Run(name)).Message;
            Assert.Contains($"'{name}'", message, StringComparison.Ordinal);
            Assert.Contains("ids.safetensors", message, StringComparison.Ordinal);
        }

        Assert.Throws<InputException>(() => Run("good", "nonsense"));
        Assert.Throws<InputException>(() => Run("good", "resid_post.3"));
        Assert.Throws<InputException>(() => ModelRunner.Run(Options("good") with { Model = _folder.Path }, Devices.Shared));
        Assert.Throws<InputException>(() => ModelRunner.Run(Options("good") with { Ids = _folder["none"] }, Devices.Shared));
        Assert.Throws<InputException>(() => ModelRunner.Run(Options("good") with { Out = _folder["none/out.safetensors"] }, Devices.Shared));
        Assert.Equal(["ids.safetensors"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    private ModelRunResult Run(string idsName, params string[] capture) => ModelRunner.Run(Options(idsName, capture), Devices.Shared);

    private ModelRunOptions Options(string idsName, params string[] capture) => new()
    {
        Model = Gpt2Fixture.Folder,
        Ids = _folder["ids.safetensors"],
        IdsName = idsName,
        Capture = capture,
        Out = _folder["out.safetensors"],
    };
}
