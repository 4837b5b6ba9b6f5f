using System.Diagnostics;
using System.Globalization;
using System.Text;
using SaeSharp.Cli.Terminals;
using SaeSharp.Training;
using Spectre.Console;

namespace SaeSharp.Cli.Verbs.Training;

/// <summary>Shows a run while it trains: a table that redraws itself in a terminal, a line every few seconds elsewhere.</summary>
internal sealed class TrainingView(Terminal terminal) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly long _began = Stopwatch.GetTimestamp();
    private TimeSpan _shown = -Pause;
    private LiveDisplayContext? _live;

    /// <summary>Runs the training with the view around it.</summary>
    internal bool Run(Func<IProgress<TrainingProgress>, bool> train)
    {
        if (!terminal.IsInteractive) return train(this);
        bool done = false;
        terminal.Error.Live(new Text("preparing …")).Start(live =>
        {
            _live = live;
            done = train(this);
        });
        _live = null;
        return done;
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (_live is not null)
        {
            _live.UpdateTarget(Draw(value));
            _live.Refresh();
            return;
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(_began);
        if (elapsed - _shown < Pause && value.Step < value.Steps) return;
        _shown = elapsed;
        terminal.Note(Line(value));
    }

    private static string Head(TrainingProgress value)
    {
        string step = string.Create(CultureInfo.InvariantCulture, $"step {Numbers.Count(value.Step)}/{Numbers.Count(value.Steps)} ({(double)value.Step / value.Steps:0%})");

        // The first step also starts the reader and compiles the kernels: its rate says nothing about the rest.
        return value.Step == 1 ? step : $"{step}, {Numbers.Count((long)value.TokensPerSecond)} tokens/s, {Numbers.Duration(value.Remaining.TotalSeconds)} left";
    }

    private static string Line(TrainingProgress value)
    {
        StringBuilder text = new(Head(value));
        foreach (DictionaryMetrics metrics in value.Dictionaries)
        {
            text.Append(CultureInfo.InvariantCulture, $" | {metrics.Name}: loss {Numbers.Plain(metrics.Losses.Total)}, FVU {metrics.Fvu:0.0000}, L0 {metrics.Losses.L0:0.0}");
            if (metrics.Losses.Dead > 0) text.Append(CultureInfo.InvariantCulture, $", dead {metrics.Losses.Dead}");
        }

        return text.ToString();
    }

    private static Table Draw(TrainingProgress value)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(Head(value)));
        table.AddColumns("dictionary", "loss", "FVU", "L0", "dead", "gradient", "λ2", "λ3", "pairs", "triples");
        for (int i = 1; i < table.Columns.Count; i++) table.Columns[i].RightAligned();
        foreach (DictionaryMetrics m in value.Dictionaries)
        {
            table.AddRow(
                Markup.Escape(m.Name), Numbers.Plain(m.Losses.Total), Numbers.Plain(m.Fvu), m.Losses.L0.ToString("0.0", CultureInfo.InvariantCulture),
                Numbers.Count(m.Losses.Dead), Numbers.Plain(m.GradientNorm), Optional(m.Lambda2, Numbers.Plain), Optional(m.Lambda3, Numbers.Plain),
                Optional(m.QuadraticShare, Numbers.Share), Optional(m.CubicShare, Numbers.Share));
        }

        return table;
    }

    private static string Optional(double? value, Func<double, string> format) => value is { } number ? format(number) : "";
}
