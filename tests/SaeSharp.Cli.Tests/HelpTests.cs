using System.CommandLine;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;

namespace SaeSharp.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Verbs => [.. Walk(Root(), "").Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_explains_itself_with_an_example(string verb)
    {
        Cli help = Cli.Succeed([.. verb.Split(' '), "--help"]);
        Assert.Contains("Usage:", help.Out, StringComparison.Ordinal);
        Assert.Contains("Example", help.Out, StringComparison.Ordinal);
        Assert.Contains($"  saesharp {verb}", help.Out, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_flag_of_a_verb_says_what_it_does(string verb)
    {
        Verb command = Walk(Root(), "").Single(entry => entry.Name == verb).Verb;
        foreach (Option option in command.Options.Where(option => !option.Hidden)) Assert.False(string.IsNullOrEmpty(option.Description), option.Name);
        Assert.False(string.IsNullOrEmpty(command.Description));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_example_is_understood(string verb)
    {
        foreach (string example in Walk(Root(), "").Single(entry => entry.Name == verb).Verb.Examples)
        {
            string[] words = [.. Split(example).Skip(1)];
            RootVerb root = Root();
            Assert.Empty(root.Parse(FlagSpelling.Prepare(root, words)).Errors);
        }
    }

    [Fact]
    public void Without_a_verb_the_verbs_are_listed()
    {
        Cli help = Cli.Succeed();
        foreach (string verb in (string[])["train", "capture", "run", "encode", "generate", "eval", "inspect", "convert", "plan", "bench", "recipe"])
            Assert.Contains($"  {verb}", help.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_recipe_key_is_explained_from_the_code()
    {
        Cli explained = Cli.Succeed("recipe", "explain", "--json");
        Assert.True(explained.Json.GetArrayLength() > 60);
        foreach (System.Text.Json.JsonElement key in explained.Json.EnumerateArray())
        {
            string meaning = key.GetProperty("meaning").GetString()!;
            Assert.True(meaning.Length > 3 && !meaning.Contains("no explanation", StringComparison.Ordinal), key.GetProperty("key").GetString());
        }

        Assert.Contains("dictionaries.*.sparsifier.k: 16", Cli.Succeed("recipe", "explain", "sparsifier.k").Out, StringComparison.Ordinal);
    }

    private static RootVerb Root() => new(new Terminal(TextWriter.Null, TextWriter.Null, interactive: false), CancellationToken.None);

    private static IEnumerable<(string Name, Verb Verb)> Walk(Command command, string prefix)
    {
        foreach (Command child in command.Subcommands)
        {
            string name = prefix + child.Name;
            if (child is Verb verb) yield return (name, verb);
            foreach ((string, Verb) inner in Walk(child, name + " ")) yield return inner;
        }
    }

    private static IEnumerable<string> Split(string line) =>
        line.Split('"').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
