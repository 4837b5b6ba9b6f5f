using System.CommandLine;
using System.CommandLine.Help;
using SaeSharp.Cli.Terminals;
using SaeSharp.Cli.Verbs;
using SaeSharp.Cli.Verbs.Bench;
using SaeSharp.Cli.Verbs.Evaluations;
using SaeSharp.Cli.Verbs.Training;

namespace SaeSharp.Cli.Framework;

/// <summary>The command with all its verbs. A new verb is a new file and one line here.</summary>
internal sealed class RootVerb : RootCommand
{
    internal const string DebugFlag = "--debug";

    internal RootVerb(Terminal terminal, CancellationToken cancellation)
        : base("SaeSharp learns, measures and shows sparse dictionaries of language models.")
    {
        VerbHost host = new(terminal, cancellation);
        Options.Add(host.Json);
        Options.Add(host.Debug);
        Options.Add(host.Threads);
        Subcommands.Add(new TrainVerb(host));
        Subcommands.Add(new EvalVerb(host));
        Subcommands.Add(new CaptureVerb(host));
        Subcommands.Add(new RunVerb(host));
        Subcommands.Add(new GenerateVerb(host));
        Subcommands.Add(new EncodeVerb(host));
        Subcommands.Add(new ConvertVerb(host));
        Subcommands.Add(new InspectVerb(host));
        Subcommands.Add(new PlanVerb(host));
        Subcommands.Add(new PullVerb(host));
        Subcommands.Add(new BenchVerb(host));
        Subcommands.Add(new RecipeVerb(host));
        foreach (Option option in Options)
        {
            if (option is HelpOption { Action: HelpAction help } helpOption) helpOption.Action = new HelpWithExamples(help);
        }

        SetAction(parsed => Options.OfType<HelpOption>().First().Action is HelpWithExamples help ? help.Invoke(parsed) : 0);
    }
}
