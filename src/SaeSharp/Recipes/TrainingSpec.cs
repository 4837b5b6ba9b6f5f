using System.Globalization;

namespace SaeSharp.Recipes;

/// <summary>How dictionaries are learned.</summary>
public sealed record TrainingSpec
{
    /// <summary>Vectors a step.</summary>
    public int Batch { get; init; } = 4096;

    /// <summary>Number of steps; unset: tokens / batch.</summary>
    public long? Steps { get; init; }

    /// <summary>Adam's learning rate at its height.</summary>
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>Decay of Adam's first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of Adam's second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Adam's ε.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Largest global norm of the gradient; 0: no clipping.</summary>
    public double Clip { get; init; } = 1;

    /// <summary><c>constant</c>, <c>linear</c> or <c>cosine</c> (to <see cref="FinalLearningRate"/>), after the warm-up.</summary>
    public Schedule Schedule { get; init; } = Schedule.Constant;

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmUpSteps { get; init; }

    /// <summary>Whether the warm-up begins at 0 (the first step moves nothing) as dictionary_learning's does, or at one part.</summary>
    public bool WarmUpFromZero { get; init; }

    /// <summary>Last steps over which a constant or cosine rate falls linearly to 0.</summary>
    public int DecaySteps { get; init; }

    /// <summary>Where a linear or cosine rate ends.</summary>
    public double FinalLearningRate { get; init; }

    /// <summary>Seed of every random number of the run.</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps between checkpoints; 0: only when the run ends or is interrupted.</summary>
    public long CheckpointEvery { get; init; } = 500;

    /// <summary>Checkpoints kept; older ones are removed.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Steps between lines of <c>metrics.jsonl</c>.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Checks every number.</summary>
    /// <exception cref="InputException">One is out of range.</exception>
    public void Validate()
    {
        Require(Batch > 0, "batch", Batch, "a positive number");
        Require(Steps is null or > 0, "steps", Steps ?? 0, "a positive number");
        Require(LearningRate >= 0 && double.IsFinite(LearningRate), "learning_rate", LearningRate, "0 or more");
        Require(Beta1 is >= 0 and < 1, "beta1", Beta1, "0 or more, less than 1");
        Require(Beta2 is >= 0 and < 1, "beta2", Beta2, "0 or more, less than 1");
        Require(Epsilon > 0 && double.IsFinite(Epsilon), "epsilon", Epsilon, "a positive number");
        Require(Clip >= 0, "clip", Clip, "0 (none) or a positive number");
        Require(WarmUpSteps >= 0, "warm_up_steps", WarmUpSteps, "0 or more");
        Require(DecaySteps >= 0, "decay_steps", DecaySteps, "0 or more");
        Require(FinalLearningRate >= 0 && double.IsFinite(FinalLearningRate), "final_learning_rate", FinalLearningRate, "0 or more");
        Require(CheckpointEvery >= 0, "checkpoint_every", CheckpointEvery, "0 (at the end only) or a positive number");
        Require(KeepCheckpoints > 0, "keep_checkpoints", KeepCheckpoints, "a positive number");
        Require(LogEvery > 0, "log_every", LogEvery, "a positive number");
    }

    private static void Require(bool holds, string key, double found, string expected)
    {
        if (!holds) throw new InputException(string.Create(CultureInfo.InvariantCulture, $"training.{key} is {found}; expected {expected}."));
    }
}

/// <summary>Course of the learning rate after the warm-up.</summary>
public enum Schedule
{
    /// <summary>Stays at its height.</summary>
    Constant,

    /// <summary>Falls in a line to its end.</summary>
    Linear,

    /// <summary>Falls along half a cosine to its end.</summary>
    Cosine,
}
