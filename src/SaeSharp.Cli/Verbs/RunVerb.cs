using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Models.Files;
using SaeSharp.Models.Running;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp run</c>: logits and hook points of a host model for given token ids.</summary>
internal sealed class RunVerb : Verb
{
    private readonly Argument<string> _model = new("model") { Description = "Folder of the model; with --ids it needs no tokenizer." };
    private readonly Option<string?> _ids;
    private readonly Option<string> _idsName;
    private readonly Option<string?> _text;
    private readonly Option<string?> _capture;
    private readonly Option<string?> _edits;
    private readonly Option<string> _out;

    internal RunVerb(VerbHost host)
        : base(host, "run", "Run a host model on token ids and write logits and hook points.")
    {
        Arguments.Add(_model);
        _ids = AddOption<string?>("--ids", "Safetensors file with token ids, [T] or [B, T].", "FILE");
        _idsName = AddOption<string>("--ids-name", "Name of the ids in it. Default: input_ids.", "NAME");
        _idsName.DefaultValueFactory = _ => "input_ids";
        _text = AddOption<string?>("--text", "Text instead of ids; the model's tokenizer makes [T] of it.", "TEXT");
        _capture = AddOption<string?>("--capture", "Hook points to write, with commas between.", "HOOK,HOOK");
        _edits = AddOption<string?>("--edits", "JSON file of state edits and states to write, for models with recurrent layers (docs/state-edits.md).", "FILE");
        _out = AddOption<string>("--out", "Safetensors file to write: 'logits' and each hook point under its own name.", "FILE");
        _out.Required = true;
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "saesharp run assets/models/gpt2-tiny --text \"In the beginning\" --capture blocks.2.hook_resid_post --out run.safetensors",
        "saesharp run assets/models/gpt2-tiny --ids ids.safetensors --capture resid_post.0,resid_post.4 --out run.safetensors",
        "saesharp run assets/models/gdn-tiny --text \"In the beginning\" --capture k_hat.1,write.1 --edits edits.json --out run.safetensors",
    ];

    protected override int Run(ParseResult parsed)
    {
        string model = BundledFiles.Locate(parsed.GetRequiredValue(_model));
        string output = parsed.GetRequiredValue(_out);
        string? ids = parsed.GetValue(_ids), text = parsed.GetValue(_text);
        if (ids is null == text is null) throw new InputException("run needs either --ids FILE or --text TEXT.");
        string? made = text is null ? null : WriteIds(model, text);
        try
        {
            using CpuDevice device = Host.OpenDevice(parsed);
            ModelRunResult result = ModelRunner.Run(
                new ModelRunOptions
                {
                    Model = model,
                    Ids = made ?? ids!,
                    IdsName = made is null ? parsed.GetValue(_idsName)! : "input_ids",
                    Capture = parsed.GetValue(_capture)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                    Edits = parsed.GetValue(_edits),
                    Out = output,
                },
                device);
            Report(output, result);
            return Application.Succeeded;
        }
        finally
        {
            if (made is not null) File.Delete(made);
        }
    }

    private static string WriteIds(string model, string text)
    {
        int[] ids = TokenizerFile.LoadFolder(model).Encode(text);
        if (ids.Length == 0) throw new InputException("--text is empty; expected at least one token.");
        string path = Path.Combine(Path.GetTempPath(), $"saesharp-ids-{Guid.NewGuid():N}.safetensors");
        SafetensorsWriter writer = new();
        writer.Add("input_ids", ids, ids.Length);
        writer.Save(path);
        return path;
    }

    private void Report(string output, ModelRunResult result)
    {
        Terminal.Line($"{output}: {result.Sequences} sequence{(result.Sequences == 1 ? "" : "s")} of {result.Length} tokens");
        JsonArray tensors = [];
        foreach ((string name, IReadOnlyList<long> shape) in result.Tensors)
        {
            Terminal.Line($"  {name} [{string.Join(", ", shape)}]");
            tensors.Add(new JsonObject { ["name"] = name, ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]) });
        }

        Terminal.WriteJson(new JsonObject { ["out"] = output, ["sequences"] = result.Sequences, ["length"] = result.Length, ["tensors"] = tensors });
    }
}
