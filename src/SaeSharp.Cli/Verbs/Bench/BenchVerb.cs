using System.CommandLine;
using SaeSharp.Cli.Framework;

namespace SaeSharp.Cli.Verbs.Bench;

/// <summary><c>saesharp bench</c>: how fast this machine is, and how near to its limits the kernels and the training step come.</summary>
internal sealed class BenchVerb : Command
{
    internal BenchVerb(VerbHost host)
        : base("bench", "Measure this machine, the matrix product and the training step against their floors.")
    {
        Subcommands.Add(new BenchGemmVerb(host));
        Subcommands.Add(new BenchStepVerb(host));
        Subcommands.Add(new BenchTableVerb(host));
    }
}
