namespace SaeSharp.Evaluation.Probing;

/// <summary>How probes are fitted.</summary>
public sealed record SparseProbingOptions
{
    /// <summary>Numbers of latents a probe may use; <see cref="AllLatents"/> for all of them.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [1, 2, 5, 20];

    /// <summary>Scalings.</summary>
    public IReadOnlyList<ProbeArm> Arms { get; init; } = [ProbeArm.AsPublished, ProbeArm.DecoderNormFolded, ProbeArm.Standardised];

    /// <summary>Ways to choose latents.</summary>
    public IReadOnlyList<ProbeSelection> Selections { get; init; } = [ProbeSelection.MeanDifference, ProbeSelection.Auroc];

    /// <summary>Positive, and as many negative, training texts of a class; null: as many as the set has, at most 2000.</summary>
    public int? TrainPerSide { get; init; }

    /// <summary>Positive, and as many negative, test texts of a class; null: as many as the set has, at most 500.</summary>
    public int? TestPerSide { get; init; }

    /// <summary>C of the logistic regression: the inverse of its L2 penalty.</summary>
    public double InverseRegularization { get; init; } = 1;

    /// <summary>Seed of the samples.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>The size that stands for every latent.</summary>
    public const int AllLatents = 0;
}
