using SaeSharp.Models.Hub;

namespace SaeSharp.Models.Tests.Hub;

/// <summary>Connections that drop, stall or lie.</summary>
public sealed class BrokenConnectionTests : IDisposable
{
    private readonly FakeHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void A_dropped_connection_goes_on_where_it_ended()
    {
        _hub.ChangeWeights(reply => reply with { CutAfter = 100_000 }, times: 2);
        LocatedModel model = _hub.Pull();
        AssertWeights();
        Assert.Equal([null, 100_000, 200_000], _hub.WeightRequests.Select(request => request.From));
        Assert.Equal(300_000, model.DownloadedBytes - model.DownloadedFiles.Where(name => name != "model.safetensors").Sum(name => _hub.Files[name].Length));
    }

    [Fact]
    public void Any_number_of_drops_is_overcome_as_long_as_bytes_come()
    {
        _hub.ChangeWeights(reply => reply with { CutAfter = 20_000 });
        _hub.Pull();
        AssertWeights();
        Assert.Equal(15, _hub.WeightRequests.Count);
    }

    [Fact]
    public void What_an_earlier_process_left_is_the_beginning()
    {
        Leave(_hub.Files["model.safetensors"][..123_456]);
        _hub.Pull();
        AssertWeights();
        Assert.Equal(123_456, Assert.Single(_hub.WeightRequests).From);
    }

    [Fact]
    public void A_whole_file_that_was_only_not_renamed_is_not_fetched_again()
    {
        Leave(_hub.Files["model.safetensors"]);
        _hub.Pull();
        AssertWeights();
        Assert.Empty(_hub.WeightRequests);
    }

    [Theory]
    [InlineData(50_000)]
    [InlineData(300_000)]
    [InlineData(400_000)]
    public void What_an_earlier_process_left_may_be_rubbish(int length)
    {
        Leave(new byte[length]);
        _hub.Pull();
        AssertWeights();
    }

    [Fact]
    public void A_server_that_cannot_go_on_begins_again()
    {
        Leave(_hub.Files["model.safetensors"][..123_456]);
        _hub.ChangeWeights(reply => reply with { Ranges = false });
        _hub.Pull();
        AssertWeights();
    }

    [Theory]
    [InlineData("bytes 0-299999/300000")] // from another place than was asked for
    [InlineData("bytes 123456-299999/999999")] // of another file
    public void A_server_that_goes_on_elsewhere_is_not_believed(string range)
    {
        Leave(_hub.Files["model.safetensors"][..123_456]);
        _hub.ChangeWeights(reply => (reply with { Status = 206, Ranges = false }).With("Content-Range", range), times: 1);
        _hub.Pull();
        AssertWeights();
    }

    [Fact]
    public void A_server_that_never_gets_beyond_a_place_is_given_up()
    {
        _hub.ChangeWeights(reply => reply with { CutAfter = 100_000, Ranges = false });
        Assert.Contains("model.safetensors", _hub.Refused(), StringComparison.Ordinal);
        Assert.InRange(_hub.WeightRequests.Count, 2, 8);
        AssertNoWeights();
        Assert.True(File.Exists(Path.Combine(_hub.Snapshot, "config.json"))); // whole files stay
        Assert.False(Directory.Exists(Path.Combine(_hub.ModelFolder, "refs")));
    }

    [Fact]
    public void A_silent_connection_is_a_lost_one()
    {
        _hub.ChangeWeights(reply => reply with { CutAfter = 100_000, ThenSilent = true }, times: 1);
        Reports reports = new();
        new ModelLocator(_hub.Options(silence: TimeSpan.FromSeconds(0.5)), reports).Pull(FakeHub.Id);
        AssertWeights();
        Assert.Contains(reports.All, report => report.Note is { } note && note.Contains("silent", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public void A_passing_refusal_is_tried_again(int status)
    {
        int times = 2;
        _hub.Change(request => request.Method == "HEAD" && times-- > 0 ? new LocalReply(status).With("Retry-After", "0") : null);
        _hub.Pull();
        AssertWeights();
    }

    [Fact]
    public void An_address_of_the_store_that_is_too_old_is_asked_for_anew()
    {
        _hub.ChangeWeights(_ => new LocalReply(403), times: 1);
        _hub.Pull();
        AssertWeights();
        Assert.Equal(2, _hub.Server.Requests.Count(request => request.Method == "GET" && request.Path.EndsWith($"{FakeHub.Commit}/model.safetensors", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_drop_in_the_list_of_files_is_overcome()
    {
        int times = 2;
        _hub.Change(request => request.Path.StartsWith("/api/", StringComparison.Ordinal) && times-- > 0 ? _hub.Usual(request) with { CutAfter = 20 } : null);
        _hub.Pull();
        AssertWeights();
    }

    [Theory]
    [InlineData(299_999)]
    [InlineData(300_001)]
    public void A_length_that_contradicts_the_hub_is_refused(int length)
    {
        _hub.ChangeWeights(reply => reply with { Body = new byte[length] });
        AssertRefused("300000", $"{length}");
    }

    [Fact]
    public void A_body_that_does_not_end_is_refused()
    {
        _hub.ChangeWeights(reply => reply with { Chunked = true, Body = new byte[400_000] });
        AssertRefused("300000", "more");
    }

    [Fact]
    public void A_body_that_ends_early_without_saying_so_is_refused()
    {
        _hub.ChangeWeights(reply => reply with { Chunked = true, Body = reply.Body[..200_000], Ranges = false });
        Assert.Contains("200000 of 300000", _hub.Refused(), StringComparison.Ordinal);
        AssertNoWeights();
    }

    [Fact]
    public void A_size_that_the_hub_makes_up_is_noticed()
    {
        _hub.Change(request => request.Method == "HEAD" && request.Path.EndsWith("model.safetensors", StringComparison.Ordinal) ? _hub.Usual(request).With("X-Linked-Size", "299999") : null);
        AssertRefused("299999", "300000");
    }

    [Fact]
    public void A_size_beyond_the_disk_is_refused_before_anything_comes()
    {
        _hub.Change(request => request.Method == "HEAD" && request.Path.EndsWith("model.safetensors", StringComparison.Ordinal) ? _hub.Usual(request).With("X-Linked-Size", "1000000000000000") : null);
        AssertRefused("10000000000000", "HF_HUB_CACHE");
        Assert.Empty(_hub.WeightRequests);
    }

    [Fact]
    public void Content_of_another_hash_is_refused_and_not_kept()
    {
        _hub.ChangeWeights(reply => reply with { Body = new byte[300_000] });
        AssertRefused("model.safetensors", "hash");
        Assert.Equal(2, _hub.WeightRequests.Count);
    }

    [Fact]
    public void Small_files_are_checked_too()
    {
        _hub.Change(request => request.Method == "GET" && request.Path.EndsWith("config.json", StringComparison.Ordinal) ? _hub.Usual(request) with { Body = "{\"model_type\":\"gptX\"}"u8.ToArray() } : null);
        AssertRefused("config.json", "hash");
    }

    [Fact]
    public void Stopping_keeps_what_came_for_the_next_time()
    {
        using CancellationTokenSource source = new();
        _hub.ChangeWeights(reply => reply with { CutAfter = 100_000, ThenSilent = true }, times: 1);
        Stop stop = new(source, report => report is { File: "model.safetensors", FileBytes: >= 100_000 });
        Assert.ThrowsAny<OperationCanceledException>(() => new ModelLocator(_hub.Options(), stop).Pull(FakeHub.Id, source.Token));
        AssertNoWeights(mayBeBegun: true);
        Assert.Equal(100_000, new FileInfo(_hub.WeightsBlob + ".incomplete").Length);

        _hub.Pull();
        AssertWeights();
        Assert.Equal(100_000, _hub.WeightRequests[^1].From);
    }

    private void AssertRefused(params string[] mentions)
    {
        string message = _hub.Refused();
        foreach (string mention in mentions) Assert.Contains(mention, message, StringComparison.Ordinal);
        AssertNoWeights();
    }

    private void Leave(byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_hub.WeightsBlob)!);
        File.WriteAllBytes(_hub.WeightsBlob + ".incomplete", bytes);
    }

    private void AssertWeights()
    {
        Assert.Equal(_hub.Files["model.safetensors"], File.ReadAllBytes(Path.Combine(_hub.Snapshot, "model.safetensors")));
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.ModelFolder, "blobs"), "*.incomplete"));
    }

    private void AssertNoWeights(bool mayBeBegun = false)
    {
        Assert.False(File.Exists(Path.Combine(_hub.Snapshot, "model.safetensors")));
        Assert.False(File.Exists(_hub.WeightsBlob));
        if (!mayBeBegun && File.Exists(_hub.WeightsBlob + ".incomplete")) Assert.InRange(new FileInfo(_hub.WeightsBlob + ".incomplete").Length, 1, 299_999); // only bytes that may be right
    }

    private sealed class Stop(CancellationTokenSource source, Predicate<HubProgress> when) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            if (when(value)) source.Cancel();
        }
    }
}
