using SaeSharp.Models.Hub;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>Getting files from a hub over connections that work.</summary>
public sealed class DownloadTests : IDisposable
{
    private readonly FakeHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void What_a_model_needs_comes_and_nothing_else()
    {
        LocatedModel model = _hub.Pull();
        Assert.Equal(_hub.Snapshot, model.Folder);
        Assert.Equal(FakeHub.Commit, model.Commit);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json"], Directory.GetFiles(model.Folder).Select(file => Path.GetFileName(file)!).Order());
        foreach (string file in Directory.GetFiles(model.Folder)) Assert.Equal(_hub.Files[Path.GetFileName(file)], File.ReadAllBytes(file));
        Assert.Equal(model.DownloadedFiles.Sum(name => _hub.Files[name].Length), model.DownloadedBytes);
        Assert.Equal(3, model.DownloadedFiles.Count);
    }

    [Fact]
    public void The_cache_is_laid_out_as_other_tools_expect()
    {
        _hub.Pull();
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(_hub.ModelFolder, "refs", "main")));
        foreach (string name in (string[])["config.json", "model.safetensors"])
        {
            FileInfo link = new(Path.Combine(_hub.Snapshot, name));
            Assert.Equal(Path.Combine("..", "..", "blobs", _hub.Hash(name)), link.LinkTarget);
            Assert.Equal(_hub.Files[name], File.ReadAllBytes(_hub.Blob(name)));
        }

        Assert.Equal(3, Directory.GetFiles(Path.Combine(_hub.ModelFolder, "blobs")).Length);
        Assert.Equal(["blobs", "refs", "snapshots"], Directory.GetDirectories(_hub.ModelFolder).Select(folder => Path.GetFileName(folder)!).Order());
    }

    [Fact]
    public void Weights_in_parts_come_as_their_index_says()
    {
        _hub.Files.Remove("model.safetensors");
        _hub.Files["model.safetensors.index.json"] = "{\"weight_map\":{\"a\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\",\"c\":\"model-1.safetensors\"}}"u8.ToArray();
        _hub.Files["model-1.safetensors"] = [1];
        _hub.Files["model-2.safetensors"] = [2];
        _hub.Files["model-3.safetensors"] = [3];
        LocatedModel model = _hub.Pull();
        Assert.Equal([2], File.ReadAllBytes(Path.Combine(model.Folder, "model-2.safetensors")));
        Assert.False(File.Exists(Path.Combine(model.Folder, "model-3.safetensors")));
        Assert.Equal(model.Folder, new ModelLocator(_hub.Options(offline: true)).Locate(FakeHub.Id).Folder);

        _hub.Files.Remove("model-2.safetensors");
        File.Delete(Path.Combine(model.Folder, "model-2.safetensors"));
        Assert.Contains("model-2.safetensors", _hub.Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_RWKV_vocabulary_is_a_tokenizer()
    {
        _hub.Files.Remove("tokenizer.json");
        _hub.Files["rwkv_vocab_v20230424.txt"] = [65];
        Assert.True(File.Exists(Path.Combine(_hub.Pull().Folder, "rwkv_vocab_v20230424.txt")));
    }

    [Fact]
    public void An_empty_file_comes_too()
    {
        _hub.Files["merges.txt"] = [];
        Assert.Empty(File.ReadAllBytes(Path.Combine(_hub.Pull().Folder, "merges.txt")));
    }

    [Fact]
    public void Pulling_again_fetches_only_what_is_missing()
    {
        _hub.Pull();
        int before = _hub.Server.Requests.Count;
        Assert.Empty(_hub.Pull().DownloadedFiles);
        Assert.Equal(before + 1, _hub.Server.Requests.Count); // which commit it is now

        File.Delete(Path.Combine(_hub.Snapshot, "config.json")); // the blob is still there
        File.Delete(_hub.Blob("tokenizer.json")); // its link leads nowhere
        Assert.Equal(["tokenizer.json"], _hub.Pull().DownloadedFiles);
        Assert.Equal(3, Directory.GetFiles(_hub.Snapshot).Count(File.Exists));
    }

    [Fact]
    public void Where_links_cannot_be_made_the_files_themselves_are_in_the_snapshot()
    {
        LocatedModel model = new ModelLocator(_hub.Options(tryLink: (_, _) => false)).Pull(FakeHub.Id);
        FileInfo weights = new(Path.Combine(model.Folder, "model.safetensors"));
        Assert.Null(weights.LinkTarget);
        Assert.Equal(_hub.Files["model.safetensors"], File.ReadAllBytes(weights.FullName));
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.ModelFolder, "blobs")));
        Assert.Empty(_hub.Pull().DownloadedFiles);
    }

    [Fact]
    public void The_token_goes_to_the_hub_and_never_to_another_host()
    {
        _hub.Change(request => request.Host == "127.0.0.1" && request.Token != "Bearer secret" ? new LocalReply(401) : null);
        _hub.Pull(token: "secret");
        Assert.NotEmpty(_hub.WeightRequests);
        Assert.All(_hub.Server.Requests, request => Assert.Equal(request.Host == "localhost" ? null : "Bearer secret", request.Token));
    }

    [Fact]
    public void A_renamed_model_is_followed_with_the_token()
    {
        _hub.Change(request => request.Path.StartsWith("/api/models/old/name/", StringComparison.Ordinal)
            ? new LocalReply(307).With("Location", request.Path.Replace("old/name", FakeHub.Id, StringComparison.Ordinal))
            : request.Path.StartsWith("/old/name/", StringComparison.Ordinal)
                ? new LocalReply(307).With("Location", request.Path.Replace("/old/name", "/" + FakeHub.Id, StringComparison.Ordinal))
                : null);
        LocatedModel model = _hub.Pull("old/name", "secret");
        Assert.Equal(Path.Combine(_hub.Cache, "models--old--name", "snapshots", FakeHub.Commit), model.Folder);
        Assert.All(_hub.Server.Requests.Where(request => request.Host != "localhost"), request => Assert.Equal("Bearer secret", request.Token));
    }

    [Fact]
    public void A_revision_may_be_a_branch_a_tag_or_a_commit()
    {
        _hub.Change(request => request.Path == $"/api/models/{FakeHub.Id}/revision/refs%2Fpr%2F1"
            ? _hub.Usual(request with { Path = $"/api/models/{FakeHub.Id}/revision/main" })
            : null);
        Assert.Equal(_hub.Snapshot, _hub.Pull("org/name@refs/pr/1").Folder);
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(_hub.ModelFolder, "refs", "refs", "pr", "1")));
        Assert.Equal(_hub.Snapshot, _hub.Pull($"org/name@{FakeHub.Commit}").Folder);
        Assert.False(File.Exists(Path.Combine(_hub.ModelFolder, "refs", FakeHub.Commit)));
        Assert.False(File.Exists(Path.Combine(_hub.ModelFolder, "refs", "main")));
    }

    [Fact]
    public void Progress_adds_up()
    {
        Reports reports = new();
        new ModelLocator(_hub.Options(), reports).Pull(FakeHub.Id);
        long size = _hub.Files["config.json"].Length + _hub.Files["tokenizer.json"].Length + _hub.Files["model.safetensors"].Length;
        Assert.All(reports.All, report => Assert.Equal(size, report.Size));
        Assert.Equal(reports.All.Select(report => report.Bytes).Order(), reports.All.Select(report => report.Bytes));
        Assert.Equal(size, reports.All[^1].Bytes);
        Assert.Equal(["config.json", "tokenizer.json", "model.safetensors"], reports.All.Select(report => report.File).Distinct());
    }

    [Fact]
    public void Two_at_once_fetch_each_file_once()
    {
        ModelLocator locator = new(_hub.Options());
        Parallel.Invoke(() => locator.Pull(FakeHub.Id), () => locator.Pull(FakeHub.Id), () => locator.Pull(FakeHub.Id));
        Assert.Single(_hub.WeightRequests);
    }

    [Fact]
    public void Requests_go_through_the_proxy_that_is_set()
    {
        using LocalServer proxy = new(request => _hub.Usual(request with { Path = new Uri(request.Path).AbsolutePath }));
        HubOptions options = new()
        {
            Endpoint = new Uri("http://hub.invalid"),
            CacheFolder = _hub.Cache,
            Proxy = new System.Net.WebProxy(proxy.Address),
        };
        new ModelLocator(options).Pull(FakeHub.Id);
        Assert.Equal("http://hub.invalid/api/models/org/name/revision/main", proxy.Requests[0].Path);
    }
}
