using System.Diagnostics;
using SaeSharp.Models.Hub;

namespace SaeSharp.Cli.Terminals;

/// <summary>A download in one line: which file, how far, how fast, how long yet. Redrawn in a terminal; elsewhere a line now and then.</summary>
internal sealed class DownloadLine(Terminal terminal) : IProgress<HubProgress>, IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(5);

    private long _began = Stopwatch.GetTimestamp();
    private long _before = -1;
    private TimeSpan _shown = TimeSpan.Zero;
    private int _width;

    /// <inheritdoc/>
    public void Report(HubProgress value)
    {
        if (value.Note is { } note)
        {
            Dispose();
            terminal.Note(note);
            return;
        }

        if (_before < 0) (_began, _before) = (Stopwatch.GetTimestamp(), value.Bytes); // what was here before did not come at this rate
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_began);
        if (elapsed - _shown < (terminal.IsInteractive ? Redraw : Repeat)) return;
        _shown = elapsed;
        double rate = (value.Bytes - _before) / elapsed.TotalSeconds;
        string text = $"{value.File}: {Numbers.Bytes(value.Bytes)} of {Numbers.Bytes(value.Size)}, {Numbers.Metric(rate, "B/s")}";
        if (rate > 0) text += $", {Numbers.Duration((value.Size - value.Bytes) / rate)} left";
        if (!terminal.IsInteractive)
        {
            terminal.Note(text);
            return;
        }

        terminal.Redraw(text.PadRight(_width));
        _width = text.Length;
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_width > 0) terminal.Redraw(new string(' ', _width) + "\r");
        _width = 0;
    }
}
