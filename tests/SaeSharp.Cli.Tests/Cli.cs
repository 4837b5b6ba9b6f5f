using System.Text.Json;
using SaeSharp.Cli.Framework;

namespace SaeSharp.Cli.Tests;

/// <summary>Runs the command in this process.</summary>
internal sealed record Cli(int Code, string Out, string Error)
{
    internal JsonElement Json => JsonDocument.Parse(Out).RootElement;

    internal static Cli Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Application.Run(arguments, output, error);
        return new Cli(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs what must succeed.</summary>
    internal static Cli Succeed(params string[] arguments)
    {
        Cli run = Run(arguments);
        Assert.True(run.Code == 0, $"{string.Join(' ', arguments)} → {run.Code}: {run.Error}");
        return run;
    }

    /// <summary>Runs what must be refused: exit code 2 and one sentence, nothing on the output.</summary>
    internal static string Refuse(params string[] arguments)
    {
        Cli run = Run(arguments);
        Assert.True(run.Code == 2, $"{string.Join(' ', arguments)} → {run.Code}: {run.Error}");
        string[] lines = run.Error.TrimEnd().Split('\n');
        string last = lines[^1];
        Assert.StartsWith("saesharp: ", last, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.InRange(lines.Length, 1, 3);
        return last;
    }
}
