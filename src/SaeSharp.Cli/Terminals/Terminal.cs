using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace SaeSharp.Cli.Terminals;

/// <summary>Results to one stream, progress to another; tables and colours only where a person looks.</summary>
internal sealed class Terminal
{
    private const int WidthOfAFile = 200;

    private static readonly JsonSerializerOptions JsonLayout = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TextWriter _output;
    private readonly TextWriter _error;

    internal Terminal(TextWriter output, TextWriter error, bool interactive)
    {
        _output = output;
        _error = error;
        IsInteractive = interactive;
        Out = Console(output, interactive);
        Error = Console(error, interactive);
    }

    /// <summary>Whether somebody watches: progress may redraw itself.</summary>
    internal bool IsInteractive { get; }

    /// <summary>Whether results are wanted as JSON.</summary>
    internal bool Json { get; set; }

    /// <summary>Where results go.</summary>
    internal IAnsiConsole Out { get; }

    /// <summary>Where progress goes.</summary>
    internal IAnsiConsole Error { get; }

    /// <summary>A line of result; silent where JSON is wanted.</summary>
    internal void Line(string text = "")
    {
        if (!Json) _output.WriteLine(text);
    }

    /// <summary>A piece of result without a line end, at once; silent where JSON is wanted.</summary>
    internal void Text(string text)
    {
        if (Json) return;
        _output.Write(text);
        _output.Flush();
    }

    /// <summary>A line of progress.</summary>
    internal void Note(string text) => _error.WriteLine(text);

    /// <summary>Writes over the current line of progress.</summary>
    internal void Redraw(string text)
    {
        _error.Write("\r" + text);
        _error.Flush();
    }

    /// <summary>A table of results; silent where JSON is wanted.</summary>
    internal void Write(Table table)
    {
        if (Json) return;
        Out.Write(IsInteractive ? table : table.Border(TableBorder.Simple));
    }

    /// <summary>The result for machines; silent unless wanted.</summary>
    internal void WriteJson(JsonNode result)
    {
        if (Json) _output.WriteLine(result.ToJsonString(JsonLayout));
    }

    private static IAnsiConsole Console(TextWriter writer, bool interactive)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
            ColorSystem = interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!interactive) console.Profile.Width = WidthOfAFile;
        return console;
    }
}
