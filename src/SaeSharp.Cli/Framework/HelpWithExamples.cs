using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SaeSharp.Cli.Framework;

/// <summary>The library's help with a verb's examples and notes below it.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is not Verb verb) return code;
        output.WriteLine(verb.Examples.Count == 1 ? "Example:" : "Examples:");
        foreach (string example in verb.Examples) output.WriteLine($"  {example}");
        if (verb.Notes.Length > 0)
        {
            output.WriteLine();
            output.WriteLine(verb.Notes.TrimEnd());
        }

        return code;
    }
}
