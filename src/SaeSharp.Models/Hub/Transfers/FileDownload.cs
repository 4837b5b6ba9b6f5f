using System.Buffers;
using System.Net;
using SaeSharp.Models.Files;

namespace SaeSharp.Models.Hub.Transfers;

/// <summary>Fetches one file: goes on where an earlier try ended, checks size and hash, and gives the file its name only when both are right.</summary>
internal sealed class FileDownload(HubClient client, HubOptions options, RemoteFile remote, ModelId id)
{
    private const int BufferSize = 1 << 17;

    /// <summary>Told how many of the file's bytes are here.</summary>
    public Action<long> Report { get; init; } = _ => { };

    /// <summary>Told what a person should know.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>How many bytes came over the network.</summary>
    public long Received { get; private set; }

    /// <summary>Fetches the file.</summary>
    /// <param name="path">What it will be called; meanwhile <c>.incomplete</c> is appended.</param>
    /// <param name="cancellation">Stops it; what is there stays and is the beginning of the next try.</param>
    public async Task RunAsync(string path, CancellationToken cancellation)
    {
        string aside = path + ".incomplete";
        try
        {
            // What an earlier try left may not belong to the same content: then once more, from the beginning.
            if (!await TryFetchAsync(aside, cancellation))
            {
                Note($"{remote.Name} does not have the right hash; fetching it again");
                if (!await TryFetchAsync(aside, cancellation))
                    throw new InputException($"{remote.Name} of {id} does not have the hash that {options.Endpoint.Host} says it has; it was not kept.");
            }

            File.Move(aside, path, overwrite: true);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotWrite(aside, exception);
        }
    }

    /// <summary>Receives what is missing; false, and nothing is kept, if the whole does not have the right hash.</summary>
    private async Task<bool> TryFetchAsync(string aside, CancellationToken cancellation)
    {
        bool empty = true;
        try
        {
            using PartialFile part = new(aside, remote.Hash, remote.Size, cancellation);
            try
            {
                await ReceiveAsync(part, cancellation);
                bool right = part.IsRight();
                if (right) part.Flush();
                else part.Clear();
                return right;
            }
            finally
            {
                empty = part.Length == 0 && remote.Size > 0;
            }
        }
        finally
        {
            if (empty) File.Delete(aside);
        }
    }

    private async Task ReceiveAsync(PartialFile part, CancellationToken cancellation)
    {
        Report(part.Length);
        Retries retries = new(options, options.Attempts, Note);
        long most = part.Length;
        await retries.RunAsync(
            async () =>
            {
                while (part.Length < remote.Size)
                {
                    using HttpResponseMessage response = await client.ReadAsync(remote, part.Length, cancellation);
                    RequireWhatIsMissing(response, part);
                    await CopyAsync(response, part, OnBytes, cancellation);
                }

                return true;
            },
            cancellation);

        void OnBytes()
        {
            Report(part.Length);
            if (part.Length <= most) return; // the same bytes again are no progress
            most = part.Length;
            retries.Progressed();
        }
    }

    private void RequireWhatIsMissing(HttpResponseMessage response, PartialFile part)
    {
        bool goesOn = response.StatusCode == HttpStatusCode.PartialContent
            && response.Content.Headers.ContentRange is { } range && range.From == part.Length && (range.Length ?? remote.Size) == remote.Size;
        if (!goesOn && part.Length > 0)
        {
            // The server cannot go on where we ended, or would in another file.
            part.Clear();
            Report(0);
        }

        if (!goesOn && response.StatusCode != HttpStatusCode.OK) throw new ConnectionLostException($"{remote.Address.Host} cannot go on with {remote.Name}");
        if (response.Content.Headers.ContentLength is { } length && length != remote.Size - part.Length) throw WrongSize(part, $"{part.Length + length}");
    }

    private async Task CopyAsync(HttpResponseMessage response, PartialFile part, Action onBytes, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
            while (true)
            {
                patience.CancelAfter(options.Silence);
                int count = await HubClient.GuardAsync(() => body.ReadAsync(buffer, patience.Token).AsTask(), remote.Address, cancellation);
                if (count == 0) break;
                if (count > remote.Size - part.Length) throw WrongSize(part, "more");
                part.Append(buffer.AsSpan(0, count));
                Received += count;
                onBytes();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (part.Length < remote.Size) throw new ConnectionLostException($"{remote.Name} ended after {part.Length} of {remote.Size} bytes");
    }

    private InputException WrongSize(PartialFile part, string found)
    {
        part.Clear();
        return new InputException($"{options.Endpoint.Host} says that {remote.Name} of {id} has {remote.Size} bytes, but sends {found}; it was not kept.");
    }
}
