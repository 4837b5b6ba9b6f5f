using SaeSharp.Activations;
using SaeSharp.Activations.Shards;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Activations;

public sealed class ShardTests : IDisposable
{
    private const int Width = 6;

    private static readonly DataSpec Plain = new() { ExcludeSpecialTokens = false, ExcludeNormOutliers = false, Normalize = Normalization.None, Shuffle = Shuffle.None };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new();

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void Shards_give_back_what_was_written_in_its_order(TensorType type)
    {
        ActivationIndex index = Write(rows: 23, type);
        Assert.Equal([7, 7, 7, 2], index.Shards.Select(shard => shard.Vectors));
        Assert.Equal(["activations-00000.safetensors", "activations-00001.safetensors", "activations-00002.safetensors", "activations-00003.safetensors", "index.json"],
            Directory.GetFiles(_folder["s"]).Select(Path.GetFileName).Order());
        using IActivationSource source = ActivationSources.Create(NewRecipe(batch: 5, steps: 9), _device);
        using Matrix batch = _device.Allocate(5, Width);
        for (int i = 0; i < 45; i++)
        {
            if (i % 5 == 0) Assert.True(source.TryFill(batch));
            // Small whole numbers are exact in every type.
            Assert.Equal(i % 23, batch[i % 5, 0]);
            Assert.Equal(1, batch[i % 5, Width - 1]);
        }
    }

    [Fact]
    public void An_unfinished_capture_is_removed_and_a_finished_one_is_not_replaced_unasked()
    {
        using (ActivationShardWriter writer = new(_folder["s"], Width, TensorType.F32, _device, shardVectors: 2))
        {
            using Matrix rows = _device.Allocate(9, Width);
            writer.Append(rows);
        }

        Assert.Empty(Directory.GetFiles(_folder["s"]));
        Write(23, TensorType.F32);
        Assert.Throws<InputException>(() => Write(3, TensorType.F32));
        Write(3, TensorType.F32, overwrite: true);
        Assert.Equal(2, Directory.GetFiles(_folder["s"]).Length);
    }

    [Theory]
    [InlineData("\"vectors\": 23", "\"vectors\": 24", "24")]
    [InlineData("\"vectors\": 7", "\"vectors\": 9223372036854775807", "vectors")]
    [InlineData("\"vectors\": 7", "\"vectors\": -7", "vectors")]
    [InlineData("\"width\": 6", "\"width\": 7", "7")]
    [InlineData("\"width\": 6", "\"width\": 1000000000", "width")]
    [InlineData("activations-00001.safetensors", "../activations-00001.safetensors", "plain file name")]
    [InlineData("activations-00001.safetensors", "/etc/passwd", "plain file name")]
    [InlineData("activations-00001.safetensors", "missing.safetensors", "missing.safetensors")]
    [InlineData("activations-00001.safetensors", "activations-00003.safetensors", "activations-00003")]
    [InlineData("saesharp-activations", "other", "other")]
    [InlineData("\"shards\"", "\"shard\"", "vectors")]
    [InlineData("{", "[", "index.json")]
    public void An_index_that_lies_is_refused(string from, string to, string mentions)
    {
        Write(23, TensorType.F32);
        string path = Path.Combine(_folder["s"], ActivationIndex.FileName);
        string text = File.ReadAllText(path);
        int at = text.IndexOf(from, StringComparison.Ordinal);
        File.WriteAllText(path, text[..at] + to + text[(at + from.Length)..]);
        InputException error = Assert.Throws<InputException>(() => ActivationSources.Create(NewRecipe(5, 1), _device));
        Assert.Contains(mentions, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Files_without_vectors_are_refused()
    {
        SafetensorsWriter writer = new();
        writer.Add("ids", new long[6], 3, 2);
        writer.Add("a", new float[6], 6);
        writer.Save(_folder["a.safetensors"]);
        Refused("a.safetensors", null, "data.tensor");
        Refused("a.safetensors", "a", "[6]");
        Refused("a.safetensors", "ids", "I64");
        Refused("a.safetensors", "b", "'b'");
        SafetensorsWriter empty = new();
        empty.Add("x", Array.Empty<float>(), 0, 4);
        empty.Save(_folder["empty.safetensors"]);
        Refused("empty.safetensors", null, "no vectors");
        File.WriteAllBytes(_folder["random.safetensors"], [1, 2, 3]);
        Refused("random.safetensors", null, "random.safetensors");
        Directory.CreateDirectory(_folder["folder"]);
        Refused("folder", null, "index.json");
        Refused("none", null, "none");

        void Refused(string name, string? tensor, string mentions)
        {
            Recipe recipe = new() { Activations = _folder[name], Data = Plain with { Tensor = tensor } };
            Assert.Contains(mentions, Assert.Throws<InputException>(() => ActivationSources.Create(recipe, _device)).Message, StringComparison.Ordinal);
        }
    }

    private ActivationIndex Write(int rows, TensorType type, bool overwrite = false)
    {
        using ActivationShardWriter writer = new(_folder["s"], Width, type, _device, overwrite, shardVectors: 7);
        using Matrix vectors = _device.Allocate(rows, Width);
        _device.Fill(vectors, 1f);
        for (int row = 0; row < rows; row++) vectors[row, 0] = row;
        writer.Append(vectors.RowRange(0, Math.Min(3, rows)));
        writer.Append(vectors.RowRange(Math.Min(3, rows), rows - Math.Min(3, rows)));
        return writer.Complete(new ActivationIndex { Model = "m", Hook = "blocks.0.hook_resid_post" });
    }

    private Recipe NewRecipe(int batch, long steps) => new() { Activations = _folder["s"], Data = Plain, Training = new TrainingSpec { Batch = batch, Steps = steps } };
}
