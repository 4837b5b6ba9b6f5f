using System.CommandLine;
using SaeSharp.Cli.Terminals;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Framework;

/// <summary>What every verb works with: the terminal, the token of Ctrl-C, and the flags that all verbs share.</summary>
internal sealed class VerbHost(Terminal terminal, CancellationToken cancellation)
{
    internal Terminal Terminal { get; } = terminal;

    internal CancellationToken Cancellation { get; } = cancellation;

    internal Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON.", Recursive = true };

    internal Option<bool> Debug { get; } = new(RootVerb.DebugFlag) { Description = "Print the stack trace of an error.", Recursive = true };

    internal Option<int> Threads { get; } = new("--threads")
    {
        Description = "Threads to use; results do not depend on it. Default: all cores.",
        HelpName = "N",
        Recursive = true,
    };

    /// <summary>The device that the flags ask for.</summary>
    internal CpuDevice OpenDevice(ParseResult parsed)
    {
        int threads = parsed.GetValue(Threads);
        if (threads is < 0 or > 1024) throw new InputException($"--threads is {threads}; expected 1 to 1024.");
        return new CpuDevice(threads);
    }
}
