using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SaeSharp.Models.Hub;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>A hub with one model, <c>org/name</c>, that behaves as the public one does: small files by itself, large ones from a store under another host name.</summary>
internal sealed class FakeHub : IDisposable
{
    public const string Id = "org/name";
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder _folder = new();
    private readonly List<Func<LocalRequest, LocalReply?>> _changes = [];

    public FakeHub()
    {
        Server = new LocalServer(Answer);
        byte[] weights = new byte[300_000];
        new Random(1).NextBytes(weights);
        Files["config.json"] = Encoding.UTF8.GetBytes("{\"model_type\":\"gpt2\"}");
        Files["tokenizer.json"] = Encoding.UTF8.GetBytes("{}");
        Files["model.safetensors"] = weights;
        Files["pytorch_model.bin"] = Files["README.md"] = Files["flax_model.msgpack"] = [1];
    }

    public LocalServer Server { get; }

    public Dictionary<string, byte[]> Files { get; } = [];

    public string Cache => _folder["hub"];

    public string ModelFolder => Path.Combine(Cache, "models--org--name");

    public string Snapshot => Path.Combine(ModelFolder, "snapshots", Commit);

    public string WeightsBlob => Blob("model.safetensors");

    /// <summary>The requests for the bytes of the weights, which come from the store.</summary>
    public IReadOnlyList<LocalRequest> WeightRequests => [.. Server.Requests.Where(request => request.Path == "/store/model.safetensors")];

    public string Blob(string name) => Path.Combine(ModelFolder, "blobs", Hash(name));

    public string Hash(string name) => IsLarge(name)
        ? Convert.ToHexStringLower(SHA256.HashData(Files[name]))
        : Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA1, [.. Encoding.ASCII.GetBytes($"blob {Files[name].Length}\0"), .. Files[name]]));

    public HubOptions Options(string? token = null, bool offline = false, Func<string, string, bool>? tryLink = null, TimeSpan? silence = null) => new()
    {
        Endpoint = Server.Address,
        Token = token,
        CacheFolder = Cache,
        Offline = offline,
        Proxy = null,
        Attempts = 4,
        BackOff = TimeSpan.FromMilliseconds(1),
        Silence = silence ?? TimeSpan.FromSeconds(20),
        TryLink = tryLink ?? SnapshotLinks.TryLink,
    };

    public LocatedModel Pull(string model = Id, string? token = null) => new ModelLocator(Options(token)).Pull(model);

    /// <summary>Fails to pull, and returns the sentence.</summary>
    public string Refused(string model = Id, string? token = null)
    {
        string message = Assert.Throws<InputException>(() => Pull(model, token)).Message;
        Assert.DoesNotContain('\n', message);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        return message;
    }

    /// <summary>Answers some requests otherwise; null for as usual.</summary>
    public void Change(Func<LocalRequest, LocalReply?> change) => _changes.Add(change);

    /// <summary>Answers the first few requests for the weights otherwise.</summary>
    public void ChangeWeights(Func<LocalReply, LocalReply> change, int times = int.MaxValue) => Change(request =>
        request.Path == "/store/model.safetensors" && times-- > 0 ? change(Usual(request)) : null);

    public void Dispose()
    {
        Server.Dispose();
        _folder.Dispose();
    }

    public LocalReply Usual(LocalRequest request)
    {
        if (request.Path == $"/api/models/{Id}/revision/main" || request.Path == $"/api/models/{Id}/revision/{Commit}")
        {
            JsonArray siblings = [.. Files.Keys.Select(name => (JsonNode)new JsonObject { ["rfilename"] = name })];
            return LocalReply.Json(new JsonObject { ["sha"] = Commit, ["siblings"] = siblings }.ToJsonString());
        }

        string resolve = $"/{Id}/resolve/{Commit}/";
        string name = request.Path.StartsWith(resolve, StringComparison.Ordinal) ? request.Path[resolve.Length..] : request.Path.Replace("/store/", string.Empty, StringComparison.Ordinal);
        if (!Files.TryGetValue(name, out byte[]? body)) return new LocalReply(404).With("X-Error-Code", "RepoNotFound");
        if (request.Path.StartsWith("/store/", StringComparison.Ordinal)) return new LocalReply(200) { Body = body, Ranges = true }.With("ETag", "\"store's own\"");
        if (!IsLarge(name)) return new LocalReply(200) { Body = body, Ranges = true }.With("ETag", $"\"{Hash(name)}\"");
        return new LocalReply(302)
            .With("Location", $"http://localhost:{Server.Port}/store/{name}")
            .With("X-Linked-Etag", $"\"{Hash(name)}\"")
            .With("X-Linked-Size", body.Length.ToString(CultureInfo.InvariantCulture));
    }

    private static bool IsLarge(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal);

    private LocalReply Answer(LocalRequest request)
    {
        foreach (Func<LocalRequest, LocalReply?> change in _changes)
        {
            if (change(request) is { } reply) return reply;
        }

        return Usual(request);
    }
}
