using SaeSharp.Models.Hub;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>Where a model is looked for, and in which order.</summary>
public sealed class ModelLocatorTests : IDisposable
{
    private readonly FakeHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void A_folder_is_itself_and_nobody_is_asked()
    {
        Directory.CreateDirectory(_hub.Cache);
        Assert.Equal(new LocatedModel(_hub.Cache, null, null, [], 0).Folder, new ModelLocator(_hub.Options()).Locate(_hub.Cache).Folder);
        Assert.Equal(_hub.Cache, new ModelLocator(_hub.Options()).Pull(_hub.Cache).Folder);
        Assert.Equal(_hub.Cache, ModelLocator.Folder(_hub.Cache));
        Assert.Empty(_hub.Server.Requests);
    }

    [Fact]
    public void What_another_tool_fetched_is_found_without_asking()
    {
        FillCache("config.json", "tokenizer.json", "model.safetensors");
        Assert.Equal(_hub.Snapshot, new ModelLocator(_hub.Options()).Locate(FakeHub.Id).Folder);
        Assert.Equal(_hub.Snapshot, new ModelLocator(_hub.Options(offline: true)).Pull(FakeHub.Id).Folder);
        Assert.Equal(_hub.Snapshot, new ModelLocator(_hub.Options()).Locate($"{FakeHub.Id}@{FakeHub.Commit}").Folder);
        Assert.Empty(_hub.Server.Requests);
    }

    [Theory]
    [InlineData("config.json", "tokenizer.json")]
    [InlineData("tokenizer.json", "model.safetensors")]
    public void What_another_tool_fetched_in_part_is_completed(params string[] files)
    {
        FillCache(files);
        LocatedModel model = new ModelLocator(_hub.Options()).Locate(FakeHub.Id);
        Assert.Equal(_hub.Snapshot, model.Folder);
        Assert.Single(model.DownloadedFiles);
    }

    [Fact]
    public void A_missing_tokenizer_is_fetched_if_it_can_be()
    {
        FillCache("config.json", "model.safetensors");
        Assert.Equal(_hub.Snapshot, new ModelLocator(_hub.Options(offline: true)).Locate(FakeHub.Id).Folder);
        _hub.Change(request => request.Method == "HEAD" ? new LocalReply(404) : null);
        Assert.Equal(_hub.Snapshot, new ModelLocator(_hub.Options()).Locate(FakeHub.Id).Folder);
    }

    [Fact]
    public void A_missing_tokenizer_comes_from_the_commit_that_is_here()
    {
        FillCache("config.json", "model.safetensors");
        _hub.Change(request => request.Path.EndsWith("/revision/main", StringComparison.Ordinal) ? new LocalReply(404) : null);
        Assert.Equal(["tokenizer.json"], new ModelLocator(_hub.Options()).Locate(FakeHub.Id).DownloadedFiles);
    }

    [Fact]
    public void That_there_is_no_tokenizer_is_remembered()
    {
        _hub.Files.Remove("tokenizer.json");
        ModelLocator locator = new(_hub.Options());
        locator.Locate(FakeHub.Id);
        int requests = _hub.Server.Requests.Count;
        locator.Locate(FakeHub.Id);
        Assert.Equal(requests, _hub.Server.Requests.Count);
        Assert.True(File.Exists(Path.Combine(_hub.ModelFolder, ".no_exist", FakeHub.Commit, "tokenizer.json")));
    }

    [Fact]
    public void Offline_says_where_it_looked_and_asks_nobody()
    {
        string message = Assert.Throws<InputException>(() => new ModelLocator(_hub.Options(offline: true)).Locate(FakeHub.Id)).Message;
        Assert.Contains("HF_HUB_OFFLINE", message, StringComparison.Ordinal);
        Assert.Contains(_hub.ModelFolder, message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFullPath(FakeHub.Id), message, StringComparison.Ordinal);
        Assert.Empty(_hub.Server.Requests);
    }

    [Fact]
    public void A_hub_that_is_away_does_not_matter_to_what_is_here_unless_it_is_asked()
    {
        FillCache("config.json", "tokenizer.json", "model.safetensors");
        _hub.Server.Dispose();
        Assert.Equal(_hub.Snapshot, new ModelLocator(_hub.Options()).Locate(FakeHub.Id).Folder);
        Assert.Contains($"an earlier copy is in {_hub.Snapshot}", _hub.Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("./org/name")]
    [InlineData("/no/such/folder")]
    [InlineData("org/name/")]
    [InlineData("org/na me")]
    [InlineData("org/name@")]
    [InlineData("org/name@../x")]
    [InlineData("../name")]
    public void What_is_neither_a_folder_nor_an_id_is_named(string model)
    {
        string message = Assert.Throws<InputException>(() => new ModelLocator(_hub.Options()).Locate(model)).Message;
        Assert.Contains(model, message, StringComparison.Ordinal);
        Assert.Empty(_hub.Server.Requests);
    }

    [Theory]
    [InlineData("not a commit")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("")]
    public void A_damaged_reference_is_as_none(string content)
    {
        FillCache("config.json", "tokenizer.json", "model.safetensors");
        File.WriteAllText(Path.Combine(_hub.ModelFolder, "refs", "main"), content);
        Assert.Equal(_hub.Snapshot, new ModelLocator(_hub.Options()).Locate(FakeHub.Id).Folder);
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(_hub.ModelFolder, "refs", "main")));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_named()
    {
        File.WriteAllText(_hub.Cache, "a file where the folder should be");
        Assert.Contains(_hub.Cache, _hub.Refused(), StringComparison.Ordinal);
    }

    private void FillCache(params string[] files)
    {
        Directory.CreateDirectory(_hub.Snapshot);
        Directory.CreateDirectory(Path.Combine(_hub.ModelFolder, "blobs"));
        Directory.CreateDirectory(Path.Combine(_hub.ModelFolder, "refs"));
        File.WriteAllText(Path.Combine(_hub.ModelFolder, "refs", "main"), FakeHub.Commit);
        foreach (string name in files)
        {
            File.WriteAllBytes(_hub.Blob(name), _hub.Files[name]);
            File.CreateSymbolicLink(Path.Combine(_hub.Snapshot, name), Path.Combine("..", "..", "blobs", _hub.Hash(name)));
        }
    }
}
