namespace SaeSharp.Planning;

/// <summary>Sizes of the published models that recipes name, so that a run can be planned without a download.</summary>
/// <remarks>From the models' own <c>config.json</c>.</remarks>
public static class PublishedModels
{
    /// <summary>Every model known by name.</summary>
    public static IReadOnlyList<ModelShape> All { get; } =
    [
        new("gpt2", 768, 12, 768, 768, 3072, 2, 50257, true),
        new("gpt2-medium", 1024, 24, 1024, 1024, 4096, 2, 50257, true),
        new("gpt2-large", 1280, 36, 1280, 1280, 5120, 2, 50257, true),
        new("gpt2-xl", 1600, 48, 1600, 1600, 6400, 2, 50257, true),
        new("pythia-70m", 512, 6, 512, 512, 2048, 2, 50304, false),
        new("pythia-160m", 768, 12, 768, 768, 3072, 2, 50304, false),
        new("pythia-410m", 1024, 24, 1024, 1024, 4096, 2, 50304, false),
        new("pythia-1b", 2048, 16, 2048, 2048, 8192, 2, 50304, false),
        new("pythia-1.4b", 2048, 24, 2048, 2048, 8192, 2, 50304, false),
        new("pythia-2.8b", 2560, 32, 2560, 2560, 10240, 2, 50304, false),
        new("gemma-2-2b", 2304, 26, 2048, 1024, 9216, 3, 256000, true),
        new("gemma-2-9b", 3584, 42, 4096, 2048, 14336, 3, 256000, true),
    ];

    /// <summary>The model of a hub name such as <c>EleutherAI/pythia-410m-deduped</c>; null if it is not known.</summary>
    public static ModelShape? Find(string name)
    {
        string plain = name[(name.LastIndexOf('/') + 1)..].ToLowerInvariant();
        foreach (string suffix in (ReadOnlySpan<string>)["-deduped", "-it"])
            if (plain.EndsWith(suffix, StringComparison.Ordinal)) plain = plain[..^suffix.Length];
        return All.FirstOrDefault(model => model.Name == plain);
    }
}
