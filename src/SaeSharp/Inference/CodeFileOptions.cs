namespace SaeSharp.Inference;

/// <summary>What <see cref="CodeFile"/> writes and how.</summary>
public sealed record CodeFileOptions
{
    /// <summary>Whether every score before selection is written too: [N, F], large.</summary>
    public bool PreActivations { get; init; }

    /// <summary>Whether latents are selected by the rule of training; BatchTopK then selects over each batch.</summary>
    public bool TrainingRule { get; init; }

    /// <summary>Vectors at a time.</summary>
    public int Batch { get; init; } = 4096;
}
