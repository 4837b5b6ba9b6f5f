using SaeSharp.Cli.Terminals;
using SaeSharp.Evaluation;
using Spectre.Console;

namespace SaeSharp.Cli.Verbs.Evaluations;

/// <summary>Results of several dictionaries side by side: a row a metric, the better value marked.</summary>
internal static class ComparisonTable
{
    internal static Table Draw(IReadOnlyList<EvaluationResult> results, string title)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title));
        table.AddColumn("metric");
        foreach (EvaluationResult result in results) table.AddColumn(new TableColumn(Markup.Escape(result.Dictionary)).RightAligned());
        table.AddColumn("better");
        for (int i = 0; i < results[0].Values.Count; i++)
        {
            MetricDefinition metric = results[0].Values[i].Definition;
            double[] values = [.. results.Select(result => result[metric.Name])];
            double best = metric.Better switch { Better.Lower => values.Min(), Better.Higher => values.Max(), _ => double.NaN };
            string[] cells = [.. values.Select(value => Cell(metric, value, values.Length > 1 && value == best))];
            string unit = metric.Unit.Length > 0 ? $" ({metric.Unit})" : "";
            table.AddRow([Markup.Escape(metric.Title + unit), .. cells, metric.Better switch { Better.Lower => "lower", Better.Higher => "higher", _ => "" }]);
        }

        return table;
    }

    private static string Cell(MetricDefinition metric, double value, bool isBest)
    {
        string text = double.IsNaN(value) ? "–" : metric.Name is "dead_share" or "ce_recovered" or "kl_score" ? Numbers.Share(value) : Numbers.Plain(value);
        return isBest ? $"[bold green]{Markup.Escape(text)}[/]" : Markup.Escape(text);
    }
}
