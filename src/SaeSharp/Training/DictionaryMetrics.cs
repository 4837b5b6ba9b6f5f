namespace SaeSharp.Training;

/// <summary>What one dictionary's training looks like at a step, measured on that step's batch.</summary>
public sealed record DictionaryMetrics
{
    /// <summary>Name of the dictionary.</summary>
    public required string Name { get; init; }

    /// <summary>Loss and terms.</summary>
    public required StepLosses Losses { get; init; }

    /// <summary>Fraction of the batch's variance around its mean that is not explained: Σ‖x − x̂‖² / Σ‖x − x̄‖².</summary>
    public required double Fvu { get; init; }

    /// <summary>Global norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>max |UᵀU − I| that the retraction found; null without one.</summary>
    public double? Drift { get; init; }

    /// <summary>BatchTopK's threshold; null for others.</summary>
    public double? Threshold { get; init; }

    /// <summary>λ₂; null for decoders without it.</summary>
    public double? Lambda2 { get; init; }

    /// <summary>λ₃; null for decoders without it.</summary>
    public double? Lambda3 { get; init; }

    /// <summary>Σ‖λ₂ y₂‖² / Σ‖x̂‖²: what the pair terms put into the reconstruction.</summary>
    public double? QuadraticShare { get; init; }

    /// <summary>Σ‖λ₃ y₃‖² / Σ‖x̂‖²: what the triple terms put into it.</summary>
    public double? CubicShare { get; init; }
}
