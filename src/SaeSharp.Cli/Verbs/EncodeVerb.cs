using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Activations.Shards;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;
using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Inference;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp encode</c>: codes and reconstructions of somebody's own vectors.</summary>
internal sealed class EncodeVerb : Verb
{
    private readonly Argument<string> _dictionary = new("dictionary") { Description = "Folder of a dictionary, in any layout that 'inspect' knows." };
    private readonly Option<string> _input;
    private readonly Option<string?> _tensor;
    private readonly Option<string> _out;
    private readonly Option<bool> _scores;
    private readonly Option<bool> _training;
    private readonly Option<int> _batch;

    internal EncodeVerb(VerbHost host)
        : base(host, "encode", "Write the codes and reconstructions of vectors in a safetensors file.")
    {
        Arguments.Add(_dictionary);
        _input = AddOption<string>("--input", "Safetensors file with vectors [N, D] or [.., N, D], or a folder that 'capture' made.", "FILE");
        _input.Required = true;
        _tensor = AddOption<string?>("--tensor", "Tensor in the file; default: 'activations', 'x', or the only one that fits.", "NAME");
        _out = AddOption<string>("--out", "Safetensors file to write.", "FILE");
        _out.Required = true;
        _scores = AddSwitch("--pre-activations", "Write every score before selection too.");
        _training = AddSwitch("--training-rule", "Select as in training: BatchTopK over each batch instead of by its threshold.");
        _batch = AddOption<int>("--batch", "Vectors at a time; default: 4096.", "B");
        _batch.DefaultValueFactory = _ => new CodeFileOptions().Batch;
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "saesharp run assets/models/gpt2-tiny --text \"In the beginning\" --capture blocks.2.hook_resid_post --out x.safetensors",
        "saesharp encode runs/small/dictionary/polysae --input x.safetensors --tensor blocks.2.hook_resid_post --out codes.safetensors",
    ];

    internal override string Notes =>
        """
        The file that is written holds, for N vectors of width D and F latents:
          codes.row_pointers    I64 [N + 1]    entries of row b are row_pointers[b] .. row_pointers[b + 1] - 1
          codes.column_indices  I32 [entries]  latents, ascending in a row
          codes.values          F32 [entries]
          reconstruction        F32 [N, D]
          pre_activations       F32 [N, F]     with --pre-activations; the magnitude path of a gated dictionary,
                                               whose gate path is written as gate_pre_activations
        """;

    protected override int Run(ParseResult parsed)
    {
        int batch = parsed.GetValue(_batch);
        if (batch < 1) throw new InputException($"--batch is {batch}; expected 1 or more.");
        string output = parsed.GetRequiredValue(_out);
        using CpuDevice device = Host.OpenDevice(parsed);
        using VectorTable vectors = VectorTable.Open(BundledFiles.Locate(parsed.GetRequiredValue(_input)), parsed.GetValue(_tensor));
        using SparseDictionary dictionary = DictionaryFiles.LoadForUse(BundledFiles.Locate(parsed.GetRequiredValue(_dictionary)), device);
        CodeFileOptions options = new() { PreActivations = parsed.GetValue(_scores), TrainingRule = parsed.GetValue(_training), Batch = batch };
        using ProgressLine progress = new(Terminal, "encoded", vectors.Count, "vectors");
        CodeFileResult result = CodeFile.Write(dictionary, vectors, output, options, progress, Cancellation);
        progress.Finish();
        double active = (double)result.Entries / result.Vectors;
        Terminal.Line($"{output}: {Numbers.Count(result.Vectors)} vectors, {Numbers.Plain(active)} active latents a vector of {dictionary.Latents}");
        Terminal.WriteJson(new JsonObject
        {
            ["out"] = output,
            ["vectors"] = result.Vectors,
            ["width"] = dictionary.Width,
            ["latents"] = dictionary.Latents,
            ["entries"] = result.Entries,
            ["l0"] = active,
        });
        return Application.Succeeded;
    }
}
