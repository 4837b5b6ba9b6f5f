using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Documentation;
using SaeSharp.Cli.Framework;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp recipe explain</c>: every key, its default and what it means.</summary>
internal sealed class RecipeVerb : Command
{
    internal RecipeVerb(VerbHost host)
        : base("recipe", "Explain the keys of recipes.") => Subcommands.Add(new ExplainVerb(host));

    private sealed class ExplainVerb : Verb
    {
        private readonly Argument<string?> _key = new("key") { Arity = ArgumentArity.ZeroOrOne, Description = "Only keys that contain this word." };

        internal ExplainVerb(VerbHost host)
            : base(host, "explain", "Print every key of a recipe with its default and its meaning.") => Arguments.Add(_key);

        internal override IReadOnlyList<string> Examples => ["saesharp recipe explain", "saesharp recipe explain sparsifier"];

        protected override int Run(ParseResult parsed)
        {
            string? filter = parsed.GetValue(_key)?.Replace('-', '_');
            List<RecipeKey> keys = [.. RecipeKeys.All.Where(key => filter is null || key.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
            if (keys.Count == 0) throw new InputException($"no key contains '{filter}'; {NearestName.Hint(filter!, [.. RecipeKeys.All.Select(key => key.Name.Split('.')[^1]).Distinct()])}");
            XmlDocumentation documentation = XmlDocumentation.For(typeof(Recipe).Assembly);
            JsonArray json = [];
            string? section = null;
            foreach (RecipeKey key in keys)
            {
                string text = documentation.Summary(key.Property);
                json.Add(new JsonObject { ["key"] = key.Name, ["default"] = key.Default, ["expected"] = key.Expected, ["meaning"] = text });
                string prefix = key.Name.Contains('.', StringComparison.Ordinal) ? key.Name[..key.Name.LastIndexOf('.')] : "";
                if (prefix != section)
                {
                    if (section is not null) Terminal.Line();
                    section = prefix;
                }

                Terminal.Line($"{key.Name}: {key.Default ?? "unset"}");
                Terminal.Line($"    {text}");
                Terminal.Line($"    ({key.Expected})");
            }

            Terminal.WriteJson(json);
            return Application.Succeeded;
        }
    }
}
