using System.CommandLine;
using SaeSharp.Cli.Terminals;
using SaeSharp.Models.Files;

namespace SaeSharp.Cli.Framework;

/// <summary>Runs one command line: parses it, calls the verb, and turns what goes wrong into one sentence and an exit code.</summary>
internal static class Application
{
    internal const int Succeeded = 0;
    internal const int Failed = 1;
    internal const int WrongUse = 2;

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">What came after <c>saesharp</c>.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where progress and errors go.</param>
    /// <param name="interactive">Whether both are a terminal that can redraw.</param>
    /// <returns>0: done; 1: failed or interrupted; 2: the command line or a file it names is wrong.</returns>
    internal static int Run(string[] arguments, TextWriter output, TextWriter error, bool interactive = false)
    {
        bool debug = arguments.Any(argument => argument == RootVerb.DebugFlag);
        try
        {
            using Interruption interruption = new();
            Terminal terminal = new(output, error, interactive);
            RootVerb root = new(terminal, interruption.Token);
            string[] spelled = FlagSpelling.Prepare(root, arguments);
            ParseResult parsed = root.Parse(spelled, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction and not HelpWithExamples)
                throw new InputException($"{parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd()} See 'saesharp {VerbName(parsed)}--help'.");
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception exception)
        {
            (int code, string message) = Explain(exception);
            error.WriteLine($"saesharp: {message}");
            if (debug) error.WriteLine(exception);
            return code;
        }
    }

    private static (int Code, string Message) Explain(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions.Count: 1 } aggregate => Explain(aggregate.InnerExceptions[0]),
        InputException => (WrongUse, exception.Message),
        OperationCanceledException => (Failed, "stopped."),
        OutOfMemoryException => (Failed, "there is not enough memory; try fewer latents, a smaller batch or a smaller shuffle buffer."),
        _ when FileErrors.IsAboutFile(exception) => (WrongUse, exception.Message.ReplaceLineEndings(" ")),
        ArithmeticException => (Failed, exception.Message.ReplaceLineEndings(" ")),
        _ => (Failed, $"a fault of this program, {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")} (run again with --debug for where)"),
    };

    private static string VerbName(ParseResult parsed)
    {
        List<string> names = [];
        for (System.CommandLine.Parsing.CommandResult? result = parsed.CommandResult; result?.Command is not null and not RootCommand; result = result.Parent as System.CommandLine.Parsing.CommandResult)
            names.Insert(0, result.Command.Name);
        return string.Concat(names.Select(name => name + " "));
    }
}
