using System.Text.Json.Nodes;
using SaeSharp.Models.Files;
using SaeSharp.Models.Hooks;

namespace SaeSharp.Models.Tests.Families.Gpt2;

/// <summary>Folders that are wrong, each in one way: one sentence that names the file and the key or tensor.</summary>
public sealed class Gpt2LoadingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string?, string> Keys => new()
    {
        { "model_type", "\"gpt3\"", "gpt3" },
        { "model_type", "7", "model_type" },
        { "model_type", null, "model_type" },
        { "n_layer", "0", "n_layer" },
        { "n_layer", "-1", "n_layer" },
        { "n_layer", "2.5", "n_layer" },
        { "n_layer", "1e99", "n_layer" },
        { "n_layer", "2000000000", "n_layer" },
        { "n_layer", null, "n_layer" },
        { "n_layer", "4", "'h.3.ln_1.weight'" },
        { "n_layer", "2", "'h.2.attn.c_attn.bias'" },
        { "n_embd", "32", "'wte.weight'" },
        { "n_embd", "\"64\"", "n_embd" },
        { "n_head", "5", "n_head" },
        { "n_inner", "128", "'h.0.mlp.c_fc.weight'" },
        { "n_positions", "137", "'wpe.weight'" },
        { "vocab_size", "256", "eos_token_id" },
        { "vocab_size", "300", "'wte.weight'" },
        { "layer_norm_epsilon", "-1", "layer_norm_epsilon" },
        { "layer_norm_epsilon", "\"small\"", "layer_norm_epsilon" },
        { "activation_function", "\"swish\"", "swish" },
        { "scale_attn_weights", "1", "scale_attn_weights" },
        { "tie_word_embeddings", "false", "'lm_head.weight'" },
        { "add_cross_attention", "true", "add_cross_attention" },
        { "eos_token_id", "257", "eos_token_id" },
        { "eos_token_id", "[]", "eos_token_id" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_wrong_key_is_named(string key, string? value, string mentions)
    {
        JsonObject config = Config();
        if (value is null) config.Remove(key);
        else config[key] = JsonNode.Parse(value);
        Write(config, Weights());
        AssertRefused(mentions);
    }

    [Fact]
    public void An_unknown_family_lists_the_known_ones()
    {
        JsonObject config = Config();
        config["model_type"] = "bert";
        Write(config, Weights());
        AssertRefused("gpt2");
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        Dictionary<string, (long[] Shape, float[] Values)> weights = Weights();
        weights.Remove("h.1.mlp.c_proj.bias");
        Write(Config(), weights);
        AssertRefused("'h.1.mlp.c_proj.bias'");
    }

    [Fact]
    public void A_tensor_too_many_is_named()
    {
        Dictionary<string, (long[] Shape, float[] Values)> weights = Weights();
        weights["h.0.attn.q_norm.weight"] = ([1], [1f]);
        Write(Config(), weights);
        AssertRefused("'h.0.attn.q_norm.weight'");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_not_finite_are_named(float value)
    {
        Dictionary<string, (long[] Shape, float[] Values)> weights = Weights();
        weights["h.2.mlp.c_fc.weight"].Values[1234] = value;
        Write(Config(), weights);
        AssertRefused("'h.2.mlp.c_fc.weight'");
    }

    [Fact]
    public void Old_mask_buffers_are_ignored()
    {
        Dictionary<string, (long[] Shape, float[] Values)> weights = Weights();
        weights["h.0.attn.masked_bias"] = ([], [-1e4f]);
        Write(Config(), weights);
        using LanguageModel model = LanguageModel.Load(_folder.Path, Devices.Shared);
        Assert.Equal(3, model.Description.Layers);
    }

    [Fact]
    public void A_head_of_its_own_is_used_unless_the_configuration_ties_it()
    {
        int[] ids = Gpt2Fixture.Ids(5);
        Dictionary<string, (long[] Shape, float[] Values)> weights = Weights();
        Write(Config(), weights);
        float[] tied = Logits(ids);
        (long[] shape, float[] embedding) = weights["wte.weight"];
        weights["lm_head.weight"] = (shape, [.. embedding.Select(value => 2 * value)]);
        Write(Config(), weights);
        Assert.Equal(tied.Select(value => 2 * value), Logits(ids)); // a factor of two is exact
        foreach ((bool isTied, int factor) in new[] { (true, 1), (false, 2) })
        {
            JsonObject config = Config();
            config["tie_word_embeddings"] = isTied;
            Write(config, weights);
            Assert.Equal(tied.Select(value => factor * value), Logits(ids));
        }
    }

    [Fact]
    public void Every_activation_and_scaling_of_attention_is_honoured()
    {
        int[] ids = Gpt2Fixture.Ids(12);
        List<float[]> results = [];
        (string Key, JsonNode Value)[] changes =
        [
            ("activation_function", "gelu_new"), ("activation_function", "gelu"), ("activation_function", "relu"),
            ("scale_attn_by_inverse_layer_idx", true), ("scale_attn_weights", false), ("layer_norm_epsilon", 1e-2),
        ];
        foreach ((string key, JsonNode value) in changes)
        {
            JsonObject config = Config();
            config[key] = value;
            Write(config, Weights());
            float[] logits = Logits(ids);
            Assert.DoesNotContain(results, other => other.SequenceEqual(logits));
            results.Add(logits);
        }

        JsonObject alias = Config();
        alias["activation_function"] = "gelu_pytorch_tanh";
        Write(alias, Weights());
        Assert.Equal(results[0], Logits(ids));
    }

    [Fact]
    public void Scaling_by_layer_divides_the_scores_of_layer_two_by_three()
    {
        JsonObject config = Config();
        config["scale_attn_by_inverse_layer_idx"] = true;
        Dictionary<string, (long[] Shape, float[] Values)> weights = Weights();
        Write(config, weights);
        using LanguageModel scaled = LanguageModel.Load(_folder.Path, Devices.Shared);

        // The same by hand: the queries of layers 1 and 2 divided by 2 and 3.
        for (int layer = 1; layer < 3; layer++)
        {
            float[] matrix = weights[$"h.{layer}.attn.c_attn.weight"].Values, bias = weights[$"h.{layer}.attn.c_attn.bias"].Values;
            for (int i = 0; i < matrix.Length; i++) matrix[i] /= i % 192 < 64 ? layer + 1 : 1;
            for (int i = 0; i < 64; i++) bias[i] /= layer + 1;
        }

        Write(Config(), weights);
        using LanguageModel byHand = LanguageModel.Load(_folder.Path, Devices.Shared);
        int[] ids = Gpt2Fixture.Ids(30);
        float[] expected = Gpt2Fixture.Capture(byHand, ids, 1, HookPoint.FinalNorm), actual = Gpt2Fixture.Capture(scaled, ids, 1, HookPoint.FinalNorm);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 2e-5f);
    }

    [Fact]
    public void What_is_not_a_model_folder_is_named()
    {
        Assert.Contains("none", Assert.Throws<InputException>(() => LanguageModel.Load(_folder["none"], Devices.Shared)).Message, StringComparison.Ordinal);
        AssertRefused("config.json");
        _folder.Write("config.json", "[]");
        AssertRefused("config.json");
        _folder.Write("config.json", "{\"model_type\":");
        AssertRefused("config.json");
        _folder.Write("config.json", Config().ToJsonString());
        AssertRefused("model.safetensors");
        _folder.Write("model.safetensors", "");
        AssertRefused("model.safetensors");
    }

    private static JsonObject Config() => JsonNode.Parse(File.ReadAllText(Path.Combine(Gpt2Fixture.Folder, "config.json")))!.AsObject();

    private static Dictionary<string, (long[] Shape, float[] Values)> Weights()
    {
        using SafetensorsFolder source = SafetensorsFolder.Open(Gpt2Fixture.Folder);
        return source.Tensors.Values.ToDictionary(info => info.Name, info => (info.Shape.ToArray(), source.ReadFloat32(info.Name)));
    }

    private float[] Logits(int[] ids)
    {
        using LanguageModel model = LanguageModel.Load(_folder.Path, Devices.Shared);
        return Gpt2Fixture.Logits(model, ids, 1);
    }

    private void Write(JsonObject config, Dictionary<string, (long[] Shape, float[] Values)> weights)
    {
        _folder.Write("config.json", config.ToJsonString());
        SafetensorsWriter writer = new();
        foreach ((string name, (long[] shape, float[] values)) in weights) writer.Add(name, values, TensorType.F32, shape);
        writer.Save(_folder["model.safetensors"]);
    }

    private void AssertRefused(string mentions)
    {
        string message = Assert.Throws<InputException>(() => LanguageModel.Load(_folder.Path, Devices.Shared)).Message;
        Assert.Contains(mentions, message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
