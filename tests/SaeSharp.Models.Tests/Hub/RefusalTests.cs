using System.Text.Json.Nodes;
using SaeSharp.Models.Hub;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>Hubs that say no, and hubs that mean harm.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly FakeHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData(401, "", null, "needs HF_TOKEN to be set")]
    [InlineData(401, "", "secret", "does not accept HF_TOKEN")]
    [InlineData(401, "GatedRepo", null, "is gated: accept its terms at {0}/org/name, then set HF_TOKEN")]
    [InlineData(403, "GatedRepo", "secret", "is gated: accept its terms at {0}/org/name with the account that HF_TOKEN belongs to")]
    [InlineData(403, "", null, "set HF_TOKEN")]
    [InlineData(403, "", "secret", "does not give org/name to the account of HF_TOKEN")]
    [InlineData(404, "RepoNotFound", null, "has no model org/name")]
    [InlineData(404, "", null, "has no model org/name")]
    [InlineData(404, "RevisionNotFound", null, "org/name has no revision 'main'")]
    [InlineData(410, "", null, "answered 410")]
    [InlineData(304, "", null, "answered 304")]
    public void A_refusal_is_one_sentence_that_says_what_to_do(int status, string code, string? token, string mentions)
    {
        _hub.Change(_ => code.Length == 0 ? new LocalReply(status) : new LocalReply(status).With("X-Error-Code", code));
        string message = _hub.Refused(token: token);
        Assert.Contains(mentions.Replace("{0}", _hub.Server.Address.OriginalString, StringComparison.Ordinal), message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        Assert.Single(_hub.Server.Requests); // a no is a no
    }

    [Fact]
    public void Files_may_be_gated_where_their_list_is_not()
    {
        _hub.Change(request => request.Method == "HEAD" && request.Token is null ? new LocalReply(401).With("X-Error-Code", "GatedRepo") : null);
        Assert.Contains("gated", _hub.Refused(), StringComparison.Ordinal);
        Assert.Equal(_hub.Snapshot, _hub.Pull(token: "secret").Folder);
    }

    [Fact]
    public void A_hub_that_cannot_be_reached_says_where_it_was_looked()
    {
        _hub.Server.Dispose();
        string message = _hub.Refused();
        Assert.Contains(_hub.Server.Address.OriginalString, message, StringComparison.Ordinal);
        Assert.Contains(_hub.ModelFolder, message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFullPath(FakeHub.Id), message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "config.json")]
    [InlineData("model.safetensors", "safetensors")]
    public void A_repository_without_a_model_is_named(string missing, string mentions)
    {
        _hub.Files.Remove(missing);
        Assert.Contains(mentions, _hub.Refused(), StringComparison.Ordinal);
        Assert.Single(_hub.Server.Requests);
    }

    [Theory]
    [InlineData("../evil.safetensors")]
    [InlineData("/tmp/evil.safetensors")]
    [InlineData("sub/evil.safetensors")]
    [InlineData("..\\evil.safetensors")]
    [InlineData(".evil.safetensors")]
    [InlineData("evil.bin")]
    [InlineData("C:evil.safetensors")]
    [InlineData("evil.safetensors\n")]
    [InlineData("")]
    public void Weights_outside_the_folder_are_refused(string name)
    {
        _hub.Files.Remove("model.safetensors");
        _hub.Files[name] = [1];
        _hub.Files["model.safetensors.index.json"] = System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["weight_map"] = new JsonObject { ["a"] = name } }.ToJsonString());
        Assert.Contains("model.safetensors.index.json", _hub.Refused(), StringComparison.Ordinal);
        AssertOnlyHexBlobs();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"weight_map\":{}}")]
    [InlineData("{\"weight_map\":{\"a\":7}}")]
    [InlineData("{\"weight_map\":[]}")]
    [InlineData("{")]
    public void A_damaged_index_is_named(string index)
    {
        _hub.Files.Remove("model.safetensors");
        _hub.Files["model.safetensors.index.json"] = System.Text.Encoding.UTF8.GetBytes(index);
        Assert.Contains("model.safetensors.index.json", _hub.Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_in_the_list_that_leave_the_folder_are_not_fetched()
    {
        _hub.Files["../../../config.json"] = _hub.Files["sub/tokenizer.json"] = _hub.Files["rwkv_vocab/../../x.txt"] = [1];
        Assert.Equal(3, _hub.Pull().DownloadedFiles.Count);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("{\"sha\":\"main\",\"siblings\":[]}")]
    [InlineData("{\"sha\":\"../../../../../../../../../../../../../../\",\"siblings\":[]}")]
    [InlineData("{\"sha\":7,\"siblings\":[]}")]
    [InlineData("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":{}}")]
    [InlineData("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[7]}")]
    [InlineData("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[{}]}")]
    public void What_is_no_hub_is_noticed(string body)
    {
        _hub.Change(_ => LocalReply.Json(body));
        Assert.Contains("as a hub does", _hub.Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"../../../../evil\"")]
    [InlineData("\"d41d8cd98f00b204e9800998ecf8427e\"")] // neither of git nor SHA-256
    [InlineData("\"0123456789ABCDEF0123456789ABCDEF01234567\"")]
    [InlineData("")]
    public void A_file_without_a_proper_hash_is_refused(string tag)
    {
        _hub.Change(request => request.Method == "HEAD" && request.Path.EndsWith("config.json", StringComparison.Ordinal) ? _hub.Usual(request).With("ETag", tag) : null);
        Assert.Contains("hash", _hub.Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("8000000000000000000")]
    [InlineData("99999999999999999999")]
    public void A_file_without_a_proper_size_is_refused(string size)
    {
        _hub.Change(request => request.Method == "HEAD" && request.Path.EndsWith("model.safetensors", StringComparison.Ordinal) ? _hub.Usual(request).With("X-Linked-Size", size) : null);
        Assert.Contains("how many bytes", _hub.Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Redirects_in_circles_end()
    {
        _hub.Change(request => new LocalReply(302).With("Location", request.Path));
        Assert.Contains("circles", _hub.Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    public void Redirects_to_what_is_no_web_address_are_refused(string location)
    {
        _hub.Change(request => request.Method == "GET" && request.Path.EndsWith("model.safetensors", StringComparison.Ordinal) ? new LocalReply(302).With("Location", location) : null);
        Assert.Contains("not safe", _hub.Refused(), StringComparison.Ordinal);
    }

    private void AssertOnlyHexBlobs() =>
        Assert.All(Directory.GetFiles(_hub.Cache, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("evil", file, StringComparison.Ordinal));
}
