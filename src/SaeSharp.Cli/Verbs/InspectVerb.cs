using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Verbs.Inspection;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp inspect</c>: what lies in a folder or a file.</summary>
internal sealed class InspectVerb : Verb
{
    private readonly Argument<string> _path = new("path") { Description = "A dictionary, model, run or activations folder, or a safetensors file." };

    internal InspectVerb(VerbHost host)
        : base(host, "inspect", "Say what a folder or a safetensors file holds.") => Arguments.Add(_path);

    internal override IReadOnlyList<string> Examples => ["saesharp inspect assets/models/gpt2-tiny", "saesharp inspect runs/small/dictionary/polysae --json"];

    protected override int Run(ParseResult parsed)
    {
        string path = BundledFiles.Locate(parsed.GetRequiredValue(_path));
        JsonObject json = Inspectors.Describe(path, Terminal);
        Terminal.WriteJson(json);
        return Application.Succeeded;
    }
}
