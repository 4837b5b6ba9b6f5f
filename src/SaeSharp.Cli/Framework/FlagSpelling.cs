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
                Know(root, command, flag);
                spelled[i] = end < 0 ? flag : flag + word[end..];
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

    private static void Know(RootCommand root, Command command, string flag)
    {
        List<Option> known = [.. command.Options, .. root.Options.Where(option => option.Recursive)];
        if (known.Any(option => option.Name == flag || option.Aliases.Contains(flag))) return;
        bool recipe = command is Verb { TakesRecipeFlags: true };
        if (recipe && RecipeKeys.Resolve(flag[2..]) is not null)
        {
            command.Options.Add(new Option<string>(flag) { Hidden = true });
            return;
        }

        IEnumerable<string> names = known.Where(option => !option.Hidden).Select(option => option.Name);
        if (recipe) names = names.Concat(RecipeKeys.FlagNames.Select(name => "--" + name.Replace('_', '-')));
        string where = command == root ? "" : $" of '{command.Name}'";
        string hint = NearestName.Find(flag, names.Distinct()) is { } nearest ? $"did you mean '{nearest}'?" : $"see 'saesharp {(command == root ? "" : command.Name + " ")}--help'.";
        throw new InputException($"there is no flag '{flag}'{where}; {hint}");
    }
}
