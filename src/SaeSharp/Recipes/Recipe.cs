using SaeSharp.Dictionaries;

namespace SaeSharp.Recipes;

/// <summary>A whole training run: where activations come from, what is learned from them, and how.</summary>
/// <remarks>
/// Read from YAML with snake_case keys; every key is also a flag (<c>--training.learning_rate</c>). Every default stands here, once.
/// A run's folder holds the fully resolved recipe.
/// </remarks>
public sealed record Recipe
{
    /// <summary>Name of the run; unset: made from the model and the hook point.</summary>
    public string? Name { get; init; }

    /// <summary>Folder of the host model (Hugging Face layout).</summary>
    public string? Model { get; init; }

    /// <summary>Hook point whose activations are learned, e.g. <c>blocks.8.hook_resid_post</c>.</summary>
    public string? Hook { get; init; }

    /// <summary>Text, gzip text or JSONL file.</summary>
    public string? Corpus { get; init; }

    /// <summary>A safetensors file, or a folder that <c>capture</c> made, to train on instead of a model and a corpus.</summary>
    public string? Activations { get; init; }

    /// <summary>Tokens to train on; the corpus is read again from its start when it is shorter.</summary>
    public long Tokens { get; init; } = 2_000_000;

    /// <summary>Folder that the run is written to; unset: <c>runs/&lt;name&gt;</c>.</summary>
    public string? Out { get; init; }

    /// <summary>How text becomes training vectors.</summary>
    public DataSpec Data { get; init; } = new();

    /// <summary>What is learned: every dictionary sees the same vectors in the same order.</summary>
    public IReadOnlyList<DictionarySpec> Dictionaries { get; init; } = [];

    /// <summary>How it is learned.</summary>
    public TrainingSpec Training { get; init; } = new();

    /// <summary>What the result is measured on.</summary>
    public EvaluationSpec Evaluation { get; init; } = new();
}
