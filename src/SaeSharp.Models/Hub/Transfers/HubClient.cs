using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace SaeSharp.Models.Hub.Transfers;

/// <summary>Speaks with a hub. The token goes to the hub itself and to nobody it redirects to.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 8;
    private const int LargestList = 64 << 20;
    private const long LargestFile = 1L << 50;

    private readonly HubOptions _options;
    private readonly ModelId _id;
    private readonly HttpClient _http;

    public HubClient(HubOptions options, ModelId id)
    {
        _options = options;
        _id = id;
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false, // ours decides who gets the token
            AutomaticDecompression = DecompressionMethods.None, // sizes and ranges count the bytes of the file
            ConnectTimeout = TimeSpan.FromSeconds(20),
            UseCookies = false,
            Proxy = options.Proxy,
            UseProxy = options.Proxy is not null,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestList };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("SaeSharp", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    /// <summary>Asks which commit a revision is and which files it has.</summary>
    public async Task<RemoteRevision> RevisionAsync(CancellationToken cancellation)
    {
        Uri address = new($"{_options.Endpoint.OriginalString}/api/models/{_id.Name}/revision/{Uri.EscapeDataString(_id.Revision)}");
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, address, 0, followAll: false, cancellation);
        using CancellationTokenSource patience = Patience(cancellation);
        byte[] body = await GuardAsync(() => response.Content.ReadAsByteArrayAsync(patience.Token), address, cancellation);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            string commit = document.RootElement.GetProperty("sha").GetString() ?? string.Empty;
            if (!ModelId.IsCommit(commit)) throw new JsonException("'sha' is no commit");
            return new RemoteRevision(commit, document.RootElement.GetProperty("siblings").EnumerateArray()
                .Select(file => file.GetProperty("rfilename").GetString() ?? string.Empty).ToHashSet(StringComparer.Ordinal));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InputException($"{address.Host} does not answer as a hub does when asked for {_id}: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}.", exception);
        }
    }

    /// <summary>Asks for the size and the hash of a file.</summary>
    public async Task<RemoteFile> FileAsync(string commit, string name, CancellationToken cancellation)
    {
        Uri address = new($"{_options.Endpoint.OriginalString}/{_id.Name}/resolve/{commit}/{Uri.EscapeDataString(name)}");
        using HttpResponseMessage response = await SendAsync(HttpMethod.Head, address, 0, followAll: false, cancellation);

        // Large files lie elsewhere: what is linked to counts, not the link.
        string hash = (Header(response, "X-Linked-Etag") ?? Header(response, "ETag") ?? string.Empty).Trim();
        if (hash.StartsWith("W/", StringComparison.Ordinal)) hash = hash[2..];
        hash = hash.Trim('"');
        if (!ContentHash.IsName(hash)) throw new InputException($"{address.Host} does not say which hash {name} of {_id} has, so it could not be checked.");
        string size = Header(response, "X-Linked-Size") ?? (IsRedirect(response) ? null : Header(response, "Content-Length")) ?? string.Empty;
        return long.TryParse(size, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long bytes) && bytes <= LargestFile
            ? new RemoteFile(name, address, hash, bytes)
            : throw new InputException($"{address.Host} does not say how many bytes {name} of {_id} has, or too many, so it could not be checked.");
    }

    /// <summary>Begins to fetch a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>An answer 200 or 206 whose body has not been read, or 416.</returns>
    public Task<HttpResponseMessage> ReadAsync(RemoteFile file, long from, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, file.Address, from, followAll: true, cancellation);

    /// <summary>Does one thing on a connection; what fails on the way becomes a <see cref="ConnectionLostException"/>.</summary>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> action, Uri address, CancellationToken cancellation)
    {
        try
        {
            return await action();
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new ConnectionLostException($"{address.Host} is silent", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            Exception cause = exception.InnerException is System.Net.Sockets.SocketException socket ? socket : exception;
            throw new ConnectionLostException($"the connection to {address.Host} failed ({cause.Message.ReplaceLineEndings(" ").TrimEnd('.')})", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) || response.Content.Headers.TryGetValues(name, out values) ? values.First() : null;

    private static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is >= 300 and < 400 && response.Headers.Location is not null;

    private bool IsHub(Uri address) =>
        Uri.Compare(address, _options.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private CancellationTokenSource Patience(CancellationToken cancellation)
    {
        CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        source.CancelAfter(_options.Silence);
        return source;
    }

    /// <summary>Sends a request and follows redirects: all of them, or only those that stay on the hub.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, bool followAll, CancellationToken cancellation)
    {
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            bool hub = IsHub(address);
            using HttpRequestMessage request = new(method, address);
            if (hub && _options.Token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
            if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
            using CancellationTokenSource patience = Patience(cancellation);
            HttpResponseMessage response = await GuardAsync(() => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token), address, cancellation);
            try
            {
                if (!IsRedirect(response))
                {
                    if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable) HubErrors.Check(response, _id, _options, hub);
                    return response;
                }

                Uri target = new(address, response.Headers.Location!);
                if (!followAll && !IsHub(target)) return response;
                bool allowed = target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && address.Scheme == Uri.UriSchemeHttp);
                if (!allowed) throw new InputException($"{address.Host} redirects to {target.Scheme}://{target.Host}, which is not safe to follow.");
                address = target;
            }
            catch
            {
                response.Dispose();
                throw;
            }

            response.Dispose();
        }

        throw new InputException($"{_options.Endpoint.Host} redirects {_id} in circles.");
    }
}
