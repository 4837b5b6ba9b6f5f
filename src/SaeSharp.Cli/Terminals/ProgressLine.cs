using System.Diagnostics;

namespace SaeSharp.Cli.Terminals;

/// <summary>Long work in one line: how far, how fast, how long yet. Redrawn in a terminal; elsewhere a line now and then.</summary>
internal sealed class ProgressLine(Terminal terminal, string what, long total, string unit) : IProgress<long>, IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(5);

    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private TimeSpan _shown = TimeSpan.Zero;
    private int _width;

    /// <inheritdoc/>
    public void Report(long value)
    {
        lock (_lock)
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(_began);
            if (elapsed - _shown < (terminal.IsInteractive ? Redraw : Repeat)) return;
            _shown = elapsed;
            double rate = value / elapsed.TotalSeconds;
            string text = $"{what} {Numbers.Count(value)}{(total > 0 ? $" of {Numbers.Count(total)}" : "")} {unit}, {Numbers.Metric(rate, "/s")}";
            if (total > 0 && rate > 0) text += $", {Numbers.Duration((total - value) / rate)} left";
            if (!terminal.IsInteractive)
            {
                terminal.Note(text);
                return;
            }

            terminal.Redraw(text.PadRight(_width));
            _width = text.Length;
        }
    }

    /// <summary>Takes the line away.</summary>
    internal void Finish()
    {
        if (_width > 0) terminal.Redraw(new string(' ', _width) + "\r");
        _width = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => Finish();
}
