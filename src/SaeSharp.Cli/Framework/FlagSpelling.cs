using System.CommandLine;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Framework;

/// <summary>What happens to a command line before it is parsed: one spelling of flags, recipe keys as flags, and unknown words refused with the nearest known one.</summary>
internal static class FlagSpelling
{
    /// <summary>Respells the arguments and adds those recipe flags to the verb that the command line uses.</summary>
    /// <exception cref="InputException">A verb or a flag is unknown.</exception>
    internal static string[] Prepare(RootCommand root, string[] arguments)
    {
        string[] spelled = [.. arguments];
        Command command = root;
        for (int i = 0; i < spelled.Length; i++)
        {
            string word = spelled[i];
            if (word == "--") break;
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                int end = word.IndexOf('=', StringComparison.Ordinal);
                string flag = Spell(end < 0 ? word : word[..end]);
                Option option = Know(root, command, flag);
                spelled[i] = end < 0 ? flag : flag + word[end..];
                if (end >= 0 || option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0) continue;

                // The parser would take the next flag for the value.
                if (i + 1 == spelled.Length || spelled[i + 1].StartsWith("--", StringComparison.Ordinal)) throw new InputException($"flag '{flag}' needs a value{(option.HelpName is { } value ? $": {flag} {value}" : "")}.");
                i++;
            }
            else if (command.Subcommands.Count > 0 && !word.StartsWith('-'))
            {
                List<string> names = [.. command.Subcommands.Select(verb => verb.Name)];
                command = command.Subcommands.FirstOrDefault(verb => verb.Name == word)
                    ?? throw new InputException($"there is no verb '{word}'; {NearestName.Hint(word, names)}");
            }
        }

        return spelled;
    }

    /// <summary>A flag with hyphens: underscores are the same to us.</summary>
    private static string Spell(string flag) => flag.Replace('_', '-').ToLowerInvariant();

    private static Option Know(RootCommand root, Command command, string flag)
    {
        List<Option> known = [.. command.Options, .. root.Options.Where(option => option.Recursive)];
        if (known.Find(option => option.Name == flag || option.Aliases.Contains(flag)) is { } found) return found;
        bool recipe = command is Verb { TakesRecipeFlags: true };
        if (recipe && RecipeKeys.Resolve(flag[2..]) is not null)
        {
            Option<string> added = new(flag) { Hidden = true };
            command.Options.Add(added);
            return added;
        }

        IEnumerable<string> names = known.Where(option => !option.Hidden).Select(option => option.Name);
        if (recipe) names = names.Concat(RecipeKeys.FlagNames.Select(name => "--" + name.Replace('_', '-')));
        string where = command == root ? "" : $" of '{command.Name}'";
        string hint = NearestName.Find(flag, names.Distinct()) is { } nearest ? $"did you mean '{nearest}'?" : $"see 'saesharp {(command == root ? "" : command.Name + " ")}--help'.";
        throw new InputException($"there is no flag '{flag}'{where}; {hint}");
    }
}
