using System.CommandLine;
using System.Text.Json.Nodes;
using SaeSharp.Cli.Framework;
using SaeSharp.Cli.Terminals;
using SaeSharp.Models.Hub;

namespace SaeSharp.Cli.Verbs;

/// <summary><c>saesharp pull</c>: brings a model onto this machine ahead of time.</summary>
internal sealed class PullVerb : Verb
{
    private readonly Argument<string> _model = new("model") { Description = "org/name or org/name@revision; a folder is left as it is." };

    internal PullVerb(VerbHost host)
        : base(host, "pull", "Download a model's configuration, tokenizer and safetensors weights, or bring them up to date.") => Arguments.Add(_model);

    internal override IReadOnlyList<string> Examples =>
        ["saesharp pull EleutherAI/pythia-70m-deduped", "saesharp pull google/gemma-2-2b@main --json", "saesharp pull assets/models/gpt2-tiny"];

    internal override string Notes => """
        Files are kept in the cache of Hugging Face's own tools, in its layout; an interrupted download goes on where it ended.
        Environment: HF_TOKEN opens private and gated models, HF_HOME or HF_HUB_CACHE move the cache, HF_ENDPOINT names another hub,
        HF_HUB_OFFLINE=1 forbids downloads, HTTPS_PROXY and NO_PROXY are respected.
        """;

    protected override int Run(ParseResult parsed)
    {
        string name = BundledFiles.Locate(parsed.GetRequiredValue(_model));
        LocatedModel model;
        using (DownloadLine progress = new(Terminal)) model = new ModelLocator(HubOptions.FromEnvironment(), progress).Pull(name, Cancellation);
        Terminal.Line(Sentence(model));
        Terminal.WriteJson(new JsonObject
        {
            ["model"] = model.Id?.Name,
            ["revision"] = model.Id?.Revision,
            ["commit"] = model.Commit,
            ["folder"] = model.Folder,
            ["downloaded_files"] = new JsonArray([.. model.DownloadedFiles.Select(file => (JsonNode)file)]),
            ["downloaded_bytes"] = model.DownloadedBytes,
        });
        return Application.Succeeded;
    }

    private static string Sentence(LocatedModel model)
    {
        if (model.Id is not { } id) return $"{model.Folder} is a folder; there is nothing to pull.";
        string news = model.DownloadedFiles.Count switch
        {
            0 => "nothing new",
            1 => $"1 file, {Numbers.Bytes(model.DownloadedBytes)}",
            int count => $"{count} files, {Numbers.Bytes(model.DownloadedBytes)}",
        };
        return $"{id}, commit {model.Commit![..8]}: {news}, in {model.Folder}";
    }
}
