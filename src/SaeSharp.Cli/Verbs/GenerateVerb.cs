using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Models;
using SaeSharp.Models.Generation;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp generate</c>: continues a text with a host model.</summary>
internal sealed class GenerateVerb : Verb
{
    private readonly Argument<string> _model = new("model") { Description = "Folder of the model and its tokenizer." };
    private readonly Option<string> _prompt;
    private readonly Option<int> _tokens;
    private readonly Option<double> _temperature;
    private readonly Option<int> _topK;
    private readonly Option<double> _topP;
    private readonly Option<ulong> _seed;
    private readonly Option<bool> _document;

    internal GenerateVerb(VerbHost host)
        : base(host, "generate", "Continue a text with a host model.")
    {
        GenerationOptions defaults = new();
        Arguments.Add(_model);
        _prompt = AddOption<string>("--prompt", "The text to continue.", "TEXT");
        _prompt.DefaultValueFactory = _ => "";
        _tokens = AddOption<int>("--tokens", $"Most new tokens. Default: {defaults.MaximumTokens}.", "N");
        _tokens.DefaultValueFactory = _ => defaults.MaximumTokens;
        _temperature = AddOption<double>("--temperature", "Divides the logits; 0 takes the most likely token. Default: 0.", "T");
        _topK = AddOption<int>("--top-k", "Choose among the K most likely tokens; 0: all. Default: 0.", "K");
        _topP = AddOption<double>("--top-p", "Choose among the fewest tokens with this probability together. Default: 1.", "P");
        _topP.DefaultValueFactory = _ => 1;
        _seed = AddOption<ulong>("--seed", "Seed of the draws. Default: 0.", "N");
        _document = AddSwitch("--start-document", "Begin as at the start of a document.");
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "saesharp generate assets/models/gpt2-tiny --prompt \"In the beginning\" --tokens 20",
        "saesharp generate assets/models/gpt2-tiny --prompt \"She was not\" --temperature 0.8 --top-k 40 --seed 7",
    ];

    protected override int Run(ParseResult parsed)
    {
        string folder = BundledFiles.Locate(parsed.GetRequiredValue(_model));
        string prompt = parsed.GetValue(_prompt)!;
        using CpuDevice device = Host.OpenDevice(parsed);
        using LanguageModel model = LanguageModel.Load(folder, device);
        TextGenerator generator = new(model, TokenizerFile.LoadFolder(folder));
        GenerationOptions options = new()
        {
            MaximumTokens = parsed.GetValue(_tokens),
            Temperature = parsed.GetValue(_temperature),
            TopK = parsed.GetValue(_topK),
            TopP = parsed.GetValue(_topP),
            Seed = parsed.GetValue(_seed),
            StopAt = model.Description.EndOfText is { } end ? [end] : [],
        };
        bool shown = false;
        (string text, FinishReason finish) = generator.Generate(
            prompt,
            options,
            piece =>
            {
                Cancellation.ThrowIfCancellationRequested();
                if (!shown) Terminal.Text(prompt);
                shown = true;
                Terminal.Text(piece);
            },
            parsed.GetValue(_document));
        Terminal.Line();
        Terminal.WriteJson(new JsonObject { ["prompt"] = prompt, ["text"] = text, ["finish"] = finish.ToString() });
        return Application.Succeeded;
    }
}
