using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Formats;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp convert</c>: a dictionary from one layout to another.</summary>
internal sealed class ConvertVerb : Verb
{
    private readonly Argument<string> _from = new("from") { Description = "Folder of a dictionary in any layout that 'inspect' knows." };
    private readonly Argument<string> _to = new("to") { Description = "Folder to write." };
    private readonly Option<string> _layout;
    private readonly Option<bool> _importLinear;
    private readonly Option<bool> _exportLinear;
    private readonly Option<int> _order;
    private readonly Option<string?> _ranks;
    private readonly Option<bool> _overwrite;

    internal ConvertVerb(VerbHost host)
        : base(host, "convert", "Write a dictionary in another layout; turn a linear one into a PolySAE or back.")
    {
        Arguments.Add(_from);
        Arguments.Add(_to);
        _layout = AddOption<string>("--layout", $"One of {string.Join(", ", DictionaryLayouts.WritableNames)}. Default: saesharp.", "NAME");
        _layout.DefaultValueFactory = _ => DictionaryLayout.SaeSharp.Name();
        _importLinear = AddSwitch("--import-linear", "Make a PolySAE that computes exactly what the linear dictionary does.");
        _exportLinear = AddSwitch("--export-linear", "Keep the linear part of a PolySAE only, as a standard dictionary.");
        _order = AddOption<int>("--order", "Order of an imported PolySAE. Default: 3.", "N");
        _order.DefaultValueFactory = _ => 3;
        _ranks = AddOption<string?>("--interaction-ranks", "R2 and R3 of an imported PolySAE. Default: a sixteenth of the width.", "R2,R3");
        _overwrite = AddSwitch("--overwrite", "Replace a dictionary that is in the folder already.");
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "saesharp convert runs/small/dictionary/linear converted/as-polysae --import-linear",
        "saesharp convert runs/small/dictionary/polysae converted/as-fork --layout polysae-fork",
        "saesharp convert runs/small/dictionary/polysae converted/linear-part --export-linear --layout saelens",
    ];

    protected override int Run(ParseResult parsed)
    {
        using CpuDevice device = Host.OpenDevice(parsed);
        ConversionOptions options = new()
        {
            ImportLinear = parsed.GetValue(_importLinear),
            ExportLinear = parsed.GetValue(_exportLinear),
            Order = parsed.GetValue(_order),
            InteractionRanks = parsed.GetValue(_ranks) is { } text ? Ranks(text) : [],
            Overwrite = parsed.GetValue(_overwrite),
        };
        string from = BundledFiles.Locate(parsed.GetRequiredValue(_from)), to = parsed.GetRequiredValue(_to);
        DictionaryDescription written = DictionaryConverter.Convert(from, to, DictionaryLayouts.Parse(parsed.GetValue(_layout)!), device, options);
        Terminal.Line($"{to}: {written.Architecture} in layout {written.Layout.Name()}, {written.Spec.Latents} latents over width {written.Width}");
        Terminal.WriteJson(new JsonObject
        {
            ["out"] = to,
            ["layout"] = written.Layout.Name(),
            ["architecture"] = written.Architecture,
            ["latents"] = written.Spec.Latents,
            ["width"] = written.Width,
            ["tensors"] = new JsonArray([.. written.Tensors.Select(tensor => (JsonNode)tensor)]),
        });
        return Application.Succeeded;
    }

    internal static int[] Ranks(string text)
    {
        string[] parts = text.Split(',');
        int[] ranks = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            if (!int.TryParse(parts[i], out ranks[i])) throw new InputException($"'{text}' is no list of ranks; expected whole numbers with commas between, e.g. 64,64.");
        return ranks;
    }
}
