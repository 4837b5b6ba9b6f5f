using System.CommandLine;
using SaeSharp.Cli.Terminals;

namespace SaeSharp.Cli.Framework;

/// <summary>One verb: its flags, an example that works offline, and what it does.</summary>
internal abstract class Verb : Command
{
    /// <param name="host">What every verb works with.</param>
    /// <param name="name">The word on the command line.</param>
    /// <param name="description">One line for the list of verbs.</param>
    protected Verb(VerbHost host, string name, string description)
        : base(name, description)
    {
        Host = host;
        SetAction(Invoke);
    }

    /// <summary>Command lines that run as they stand.</summary>
    internal abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Lines below the flags in the help; empty for none.</summary>
    internal virtual string Notes => "";

    /// <summary>Whether every recipe key is a flag of the verb.</summary>
    internal virtual bool TakesRecipeFlags => false;

    protected VerbHost Host { get; }

    protected Terminal Terminal => Host.Terminal;

    protected CancellationToken Cancellation => Host.Cancellation;

    /// <summary>Does the work and returns the exit code.</summary>
    protected abstract int Run(ParseResult parsed);

    /// <summary>Adds a flag with one value.</summary>
    protected Option<T> AddOption<T>(string name, string description, string helpName)
    {
        Option<T> option = new(name) { Description = description, HelpName = helpName };
        Options.Add(option);
        return option;
    }

    /// <summary>Adds a flag without a value.</summary>
    protected Option<bool> AddSwitch(string name, string description)
    {
        Option<bool> option = new(name) { Description = description };
        Options.Add(option);
        return option;
    }

    private int Invoke(ParseResult parsed)
    {
        Terminal.Json = parsed.GetValue(Host.Json);
        return Run(parsed);
    }
}
