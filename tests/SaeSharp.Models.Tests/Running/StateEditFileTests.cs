using SaeSharp.Models.Files;
using SaeSharp.Models.Running;
using SaeSharp.Models.Tests.Families.Recurrent;

namespace SaeSharp.Models.Tests.Running;

/// <summary>State edits from a file, against the gold values of edited runs.</summary>
public sealed class StateEditFileTests
{
    public static TheoryData<string, string> Fixtures => RecurrentFixtures.All;

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Edits_from_a_file_give_the_gold_logits_and_states(string family, string fixture)
    {
        using TemporaryFolder folder = new();
        using RecurrentFixture f = new(family, fixture);
        long[] where = f.Gold.ReadInt64("iv.layer_head_t");
        int[] ids = f.Ids("T33");
        WriteIds(folder["ids.safetensors"], [.. ids, .. ids, .. ids], 3, ids.Length);
        WriteFactors(folder["factors.safetensors"], f.Gold.ReadFloat32("iv.R_u"), f.Gold.ReadFloat32("iv.R_w"));
        File.WriteAllText(folder["edits.json"], $$"""
            {
              "tensors": "factors.safetensors",
              "edits": [
                { "layer": {{where[0]}}, "head": {{where[1]}}, "position": {{where[2]}}, "sequence": 1, "kind": "replace", "keys": "u", "values": "w" },
                { "layer": {{where[0]}}, "head": {{where[1]}}, "positions": [{{where[2]}}, {{where[2] + 1}}, {{where[2] + 2}}], "sequence": 2, "kind": "add", "time": "inline", "keys": "u", "values": "w" }
              ],
              "states": [ { "layer": {{where[0]}}, "positions": [{{where[2]}}, 32], "head": {{where[1]}} } ]
            }
            """);

        // 40 tokens a pass: one sequence each, so that sequence numbers must be translated.
        string output = folder["out.safetensors"], key = $"blocks.{where[0]}.rec.k_hat";
        ModelRunResult result = ModelRunner.Run(
            new ModelRunOptions { Model = TestData.At(family, fixture), Ids = folder["ids.safetensors"], Edits = folder["edits.json"], Capture = [key], Out = output, TokensPerPass = 40 },
            Devices.Shared);
        using SafetensorsFile run = SafetensorsFile.Open(output);
        int vocabulary = f.Model.Description.VocabularySize;
        float[] logits = run.ReadFloat32("logits"), states = run.ReadFloat32($"blocks.{where[0]}.rec.states.head{where[1]}"), native = f.Gold.ReadFloat32("T33.logits");
        int size = states.Length / 6;
        f.Close("T33.logits", logits.AsSpan(0, native.Length), "logits");
        f.Close("iv.replace.post.logits_last", Row(1, 32), "iv_logits");
        f.Close("iv.replace.post.S_last", states.AsSpan(3 * size, size), "state");
        f.Close("iv.add3.inline.logits_last", Row(2, 32), "iv_logits");
        f.Close("iv.add3.inline.S_last", states.AsSpan(5 * size, size), "state");
        f.Close($"T33.{key}", run.ReadFloat32(key).AsSpan(0, (int)f.Gold.Info($"T33.{key}").Count), "resid");
        Assert.Contains(result.Tensors, tensor => tensor.Name == $"blocks.{where[0]}.rec.states.head{where[1]}" && tensor.Shape.Count == 4);

        ReadOnlySpan<float> Row(int sequence, int token) => logits.AsSpan((sequence * ids.Length + token) * vocabulary, vocabulary);
    }

    [Theory]
    [InlineData("""{ "edits": [ { "layer": 0, "head": 0, "position": 1, "kind": "erase" } ] }""", "'kind'")]
    [InlineData("""{ "edits": [ { "layer": 0, "head": 0, "position": 1, "kind": "add" } ] }""", "no 'keys'")]
    [InlineData("""{ "edits": [ { "layer": 0, "head": 0, "kind": "delete_add" } ] }""", "'position' or 'positions'")]
    [InlineData("""{ "edits": [ { "layer": 0, "head": 0, "position": -1, "kind": "delete_add" } ] }""", "whole number from 0")]
    [InlineData("""{ "edits": [ { "layer": 0, "head": 0, "position": 1, "knd": "delete_add" } ] }""", "'knd'")]
    [InlineData("""{ "edits": [ { "layer": 9, "head": 0, "position": 1, "kind": "delete_add" } ] }""", "blocks.9.rec.state")]
    [InlineData("""{ "edits": [ { "layer": 0, "head": 0, "position": 7, "kind": "delete_add" } ] }""", "positions 0 to 6")]
    [InlineData("""{ "states": [ { "layer": 0, "positions": [7] } ] }""", "beyond the 7 tokens")]
    [InlineData("""{ "states": [ { "layer": 0, "positions": [2, 2] } ] }""", "twice")]
    [InlineData("""{ "tensors": "../factors.safetensors", "edits": [] }""", "same folder")]
    [InlineData("""{ "tensors": "factors.safetensors", "edits": [ { "layer": 0, "head": 0, "position": 1, "kind": "add", "keys": "w", "values": "u" } ] }""", "do not make a matrix")]
    [InlineData("""{ "edits": [] }""", "neither")]
    [InlineData("[1]", "an object")]
    public void A_file_that_does_not_fit_is_refused_in_one_sentence(string json, string part)
    {
        using TemporaryFolder folder = new();
        WriteIds(folder["ids.safetensors"], [1, 2, 3, 4, 5, 6, 7], 1, 7);
        WriteFactors(folder["factors.safetensors"], new float[16], new float[20]);
        File.WriteAllText(folder["edits.json"], json);
        InputException error = Assert.Throws<InputException>(() => ModelRunner.Run(
            new ModelRunOptions { Model = TestData.At("qwen3_5", "next-packed-f32"), Ids = folder["ids.safetensors"], Edits = folder["edits.json"], Out = folder["out.safetensors"] },
            Devices.Shared));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["out.safetensors"]));
    }

    private static void WriteIds(string path, int[] ids, int sequences, int length)
    {
        SafetensorsWriter writer = new();
        writer.Add("input_ids", ids, sequences, length);
        writer.Save(path);
    }

    private static void WriteFactors(string path, float[] keys, float[] values)
    {
        SafetensorsWriter writer = new();
        writer.Add("u", keys, keys.Length);
        writer.Add("w", values, values.Length);
        writer.Save(path);
    }
}
