using System.Text.Json.Serialization;

namespace SaeSharp.Dictionaries;

/// <summary>Which scores are kept, and what training adds to the loss for it.</summary>
public sealed record SparsifierSpec
{
    /// <summary><c>topk</c>, <c>batchtopk</c>, <c>relu</c> (with an L1 penalty) or <c>jumprelu</c>. A gated encoder brings its own and ignores all but the L1 keys.</summary>
    public SparsifierKind Kind { get; init; } = SparsifierKind.TopK;

    /// <summary>Active latents a token, for <c>topk</c> (whole) and <c>batchtopk</c> (an average, may be fractional).</summary>
    public double K { get; init; } = 16;

    /// <summary>Orders scores by score × norm of the latent's decoder direction. Off in every PolySAE run of the paper.</summary>
    public bool RescaleByDecoderNorm { get; init; }

    /// <summary>Weight of the L1 penalty, for <c>relu</c> and gated encoders.</summary>
    public double L1Coefficient { get; init; } = 1.0;

    /// <summary>Whether the L1 penalty weighs each code with the norm of its decoder direction.</summary>
    public bool L1ByDecoderNorm { get; init; } = true;

    /// <summary>Weight of the L0 penalty, for <c>jumprelu</c>.</summary>
    public double L0Coefficient { get; init; } = 1.0;

    /// <summary>Steps over which the penalty's weight rises linearly from 0.</summary>
    public int WarmUpSteps { get; init; }

    /// <summary>The L0 surrogate of <c>jumprelu</c>: <c>step</c>, <c>tanh</c> or <c>target</c> ((L0 / target − 1)²).</summary>
    public L0Penalty L0Penalty { get; init; } = L0Penalty.Step;

    /// <summary>The L0 that the <c>target</c> penalty steers to.</summary>
    public double TargetL0 { get; init; } = 32;

    /// <summary>Steepness of the <c>tanh</c> penalty.</summary>
    public double TanhScale { get; init; } = 4;

    /// <summary>Weight of the pre-activation loss that pulls dead latents back, for <c>jumprelu</c>; 0 for none.</summary>
    public double PreActivationCoefficient { get; init; }

    /// <summary>Width of the rectangle kernel of <c>jumprelu</c>'s straight-through gradient.</summary>
    public double Bandwidth { get; init; } = 0.05;

    /// <summary>Where <c>jumprelu</c>'s thresholds start.</summary>
    public double InitialThreshold { get; init; } = 0.01;

    /// <summary><c>direct</c>: Adam moves the threshold; <c>log</c>: Adam moves its logarithm, as SAELens does.</summary>
    public ThresholdParameter ThresholdParameter { get; init; } = ThresholdParameter.Direct;

    /// <summary>Rate of the moving average that estimates <c>batchtopk</c>'s threshold: θ ← (1 − rate) θ + rate · smallest kept.</summary>
    public double ThresholdRate { get; init; } = 0.01;

    /// <summary>First step at which the threshold is estimated: the first estimate is copied, not averaged. 0: averaged from θ = 0 as SAELens does.</summary>
    public int ThresholdStart { get; init; }

    /// <summary>How <c>batchtopk</c> selects outside training: by its <c>threshold</c>, or by the <c>batch</c> rule of training.</summary>
    public InferenceRule Inference { get; init; } = InferenceRule.Threshold;

    /// <summary>Steps over which k falls from the width to its value, for <c>batchtopk</c>; 0 for none.</summary>
    public int AnnealSteps { get; init; }
}

/// <summary>The sparsifiers of the house.</summary>
public enum SparsifierKind
{
    /// <summary>The k largest scores of a token.</summary>
    [JsonStringEnumMemberName("topk")]
    TopK,

    /// <summary>The k · B largest scores of a batch.</summary>
    [JsonStringEnumMemberName("batchtopk")]
    BatchTopK,

    /// <summary>Every positive score; an L1 penalty keeps them few.</summary>
    Relu,

    /// <summary>Every score above its latent's learned threshold.</summary>
    [JsonStringEnumMemberName("jumprelu")]
    JumpRelu,
}

/// <summary>What stands in for L0 in the loss.</summary>
public enum L0Penalty
{
    /// <summary>λ · L0 with a rectangle-kernel gradient to the threshold.</summary>
    Step,

    /// <summary>λ · Σ tanh(scale · z · ‖d‖).</summary>
    Tanh,

    /// <summary>λ · (L0 / target − 1)².</summary>
    Target,
}

/// <summary>What Adam moves.</summary>
public enum ThresholdParameter
{
    /// <summary>The threshold.</summary>
    Direct,

    /// <summary>Its natural logarithm.</summary>
    Log,
}

/// <summary>How a batch rule selects outside training.</summary>
public enum InferenceRule
{
    /// <summary>One threshold, estimated during training.</summary>
    Threshold,

    /// <summary>The k · B largest of whatever batch is given.</summary>
    Batch,
}
