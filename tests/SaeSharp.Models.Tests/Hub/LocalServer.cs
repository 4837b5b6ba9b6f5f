using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>An HTTP server on 127.0.0.1 that does what a test tells it, also what no proper server would.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<LocalRequest, LocalReply> _answer;
    private readonly List<LocalRequest> _requests = [];
    private bool _stopped;

    public LocalServer(Func<LocalRequest, LocalReply> answer)
    {
        _answer = answer;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>All requests so far.</summary>
    public IReadOnlyList<LocalRequest> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    public void Dispose()
    {
        if (_stopped) return; // a test may have done it to see what happens then
        _stopped = true;
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request) return;
                lock (_requests) _requests.Add(request);
                await WriteAsync(stream, request, _answer(request));
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // The client went away, as some tests make it.
            }
        }
    }

    private static async Task<LocalRequest?> ReadAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0) return null;
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        Dictionary<string, string> headers = lines[1..].Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase);
        return new LocalRequest(first[0], first[1], headers);
    }

    private async Task WriteAsync(NetworkStream stream, LocalRequest request, LocalReply reply)
    {
        byte[] body = reply.Body;
        int status = reply.Status;
        Dictionary<string, string> headers = new(reply.Headers, StringComparer.OrdinalIgnoreCase) { ["Connection"] = "close" };
        if (reply.Ranges && request.From is { } from && from < body.Length)
        {
            headers["Content-Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{body.Length - 1}/{body.Length}");
            body = body[(int)from..];
            status = 206;
        }

        if (reply.Chunked) headers["Transfer-Encoding"] = "chunked";
        else headers.TryAdd("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture));
        string head = string.Concat(headers.Select(header => $"{header.Key}: {header.Value}\r\n"));
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\n{head}\r\n"));
        if (request.Method == "HEAD") return;
        if (reply.Chunked) await stream.WriteAsync(Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"));
        await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, reply.CutAfter)));
        if (reply.CutAfter < body.Length && reply.ThenSilent) await Task.Delay(Timeout.Infinite, _stop.Token);
        if (reply.Chunked) await stream.WriteAsync("\r\n0\r\n\r\n"u8.ToArray());
    }
}
