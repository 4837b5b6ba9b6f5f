using SaeSharp.Models.Files;

namespace SaeSharp.Models.Tests.Files;

public sealed class SafetensorsFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shards_read_as_one()
    {
        WriteShard("m-1.safetensors", "a", 1f);
        WriteShard("m-2.safetensors", "b", 2f);
        _folder.Write("model.safetensors.index.json", """{"metadata":{},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}""");
        using SafetensorsFolder source = SafetensorsFolder.Open(_folder.Path);
        Assert.Equal([1f], source.ReadFloat32("a"));
        Assert.Equal([2f], source.ReadFloat32("b"));
        Assert.Equal(["a", "b"], source.Tensors.Keys.Order());
    }

    [Theory]
    [InlineData("../outside.safetensors")]
    [InlineData("/etc/passwd.safetensors")]
    [InlineData("sub/m.safetensors")]
    [InlineData("..\\\\outside.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("x\\u0000.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("model.bin")]
    public void A_shard_name_that_leaves_the_folder_is_refused(string name)
    {
        WriteShard("../outside.safetensors", "a", 1f);
        try
        {
            _folder.Write("model.safetensors.index.json", "{\"weight_map\":{\"a\":\"" + name + "\"}}");
            Assert.Contains("'a'", Assert.Throws<InputException>(() => SafetensorsFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(_folder["../outside.safetensors"]);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"weight_map\":[]}")]
    [InlineData("{\"weight_map\":{\"a\":7}}")]
    [InlineData("{\"weight_map\":{\"a\":\"none.safetensors\"}}")]
    [InlineData("{\"weight_map\":{\"missing\":\"m-1.safetensors\"}}")]
    [InlineData("{\"weight_map\":{\"a\":\"m-1.safetensors\",\"a\":\"m-1.safetensors\"}}")]
    [InlineData("{\"weight_map\"")]
    public void A_wrong_index_is_refused(string index)
    {
        WriteShard("m-1.safetensors", "a", 1f);
        _folder.Write("model.safetensors.index.json", index);
        Assert.Throws<InputException>(() => SafetensorsFolder.Open(_folder.Path));
    }

    [Fact]
    public void A_folder_without_weights_says_what_was_expected()
    {
        Assert.Contains("model.safetensors", Assert.Throws<InputException>(() => SafetensorsFolder.Open(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("none", Assert.Throws<InputException>(() => SafetensorsFolder.Open(_folder["none"])).Message, StringComparison.Ordinal);
    }

    private void WriteShard(string name, string tensor, float value)
    {
        SafetensorsWriter writer = new();
        writer.Add(tensor, [value]);
        writer.Save(_folder[name]);
    }
}
