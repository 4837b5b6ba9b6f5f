using System.CommandLine;
using System.CommandLine.Parsing;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Framework;

/// <summary>Lays the recipe flags of a command line over a recipe.</summary>
internal static class RecipeFlags
{
    /// <summary>The keys that a verb's help shows as flags; all others work too.</summary>
    internal static readonly IReadOnlyList<(string Flag, string Value, string Description)> Common =
    [
        ("--model", "FOLDER", "Host model, a Hugging Face folder."),
        ("--hook", "POINT", "Hook point, e.g. blocks.2.hook_resid_post or resid_post.2."),
        ("--corpus", "FILE", "Text, gzip text or JSONL."),
        ("--activations", "PATH", "Train on the vectors of a safetensors file, or of a folder that 'capture' made, instead of a model's."),
        ("--tensor", "NAME", "Tensor in the activations file."),
        ("--tokens", "N", "Tokens to train on."),
        ("--context", "N", "Tokens a context."),
        ("--latents", "N", "Latents of every dictionary."),
        ("--k", "K", "Active latents a token of every dictionary."),
        ("--init", "DICTIONARY", "Start every dictionary from these weights."),
        ("--seed", "N", "Seed of every random number."),
        ("--steps", "N", "Training steps; default: tokens / batch."),
        ("--batch", "B", "Vectors a step."),
        ("--learning-rate", "RATE", "Adam's learning rate."),
        ("--normalize", "RULE", "sqrt_width or none."),
        ("--shuffle", "RULE", "buffer or none."),
        ("--checkpoint-every", "STEPS", "Steps between checkpoints."),
        ("--out", "RUN", "Folder of the run; default: runs/<name>."),
        ("--name", "NAME", "Name of the run."),
    ];

    /// <summary>Adds the common flags to a verb.</summary>
    internal static void AddTo(Command verb)
    {
        foreach ((string flag, string value, string description) in Common)
            verb.Options.Add(new Option<string>(flag) { HelpName = value, Description = description });
    }

    /// <summary>Whether a recipe flag was given.</summary>
    internal static bool Has(ParseResult parsed, string flag) => Value(parsed, flag) is not null;

    /// <summary>The value of a recipe flag; null if it was not given.</summary>
    internal static string? Value(ParseResult parsed, string flag) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(option => option.Name == flag) is Option<string> option ? parsed.GetValue(option) : null;

    /// <summary>Some recipe flag that was given; null if there is none.</summary>
    internal static string? FirstGiven(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(option =>
            RecipeKeys.Resolve(option.Name[2..]) is not null && parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Sets what the flags say, in the order of the command line.</summary>
    internal static void Apply(ParseResult parsed, RecipeDraft draft, params ReadOnlySpan<string> except)
    {
        List<string> tokens = [.. parsed.Tokens.Select(token => token.Value)];
        List<(int Position, Option<string> Option)> given = [];
        foreach (Option option in parsed.CommandResult.Command.Options)
        {
            if (option is Option<string> text && !except.Contains(option.Name) && parsed.GetResult(option) is OptionResult { Implicit: false } && RecipeKeys.Resolve(option.Name[2..]) is not null)
                given.Add((tokens.FindIndex(token => token == option.Name), text));
        }

        foreach ((_, Option<string> option) in given.OrderBy(entry => entry.Position))
            draft.Set(RecipeKeys.Resolve(option.Name[2..])!, parsed.GetValue(option) ?? "", option.Name);
    }
}
