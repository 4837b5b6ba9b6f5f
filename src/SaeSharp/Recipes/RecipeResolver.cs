using SaeSharp.Dictionaries;

namespace SaeSharp.Recipes;

/// <summary>Fills in what a recipe leaves open once the width of its vectors is known, so that the run's folder says all of it.</summary>
public static class RecipeResolver
{
    /// <summary>The recipe with name, steps and ranks written out, after every check that needs no computation.</summary>
    /// <param name="recipe">As it was given.</param>
    /// <param name="width">Width D of the vectors.</param>
    /// <exception cref="InputException">A number is out of range, or the pieces of a dictionary do not go together.</exception>
    public static Recipe Resolve(Recipe recipe, int width)
    {
        Check(recipe);
        foreach (DictionarySpec spec in recipe.Dictionaries) spec.Validate(width);
        long steps = recipe.Training.Steps ?? Math.Max(1, recipe.Tokens / recipe.Training.Batch);
        return recipe with
        {
            Training = recipe.Training with { Steps = steps },
            Dictionaries = [.. recipe.Dictionaries.Select(spec => Resolve(spec, width))],
        };
    }

    private static DictionarySpec Resolve(DictionarySpec spec, int width) =>
        spec.Decoder.Kind == DecoderKind.Polynomial ? spec with { Decoder = spec.Decoder with { Ranks = DecoderRanks.Resolve(spec.Decoder, width) } } : spec;

    private static void Check(Recipe recipe)
    {
        TrainingSpec t = recipe.Training;
        Require(recipe.Dictionaries.Count > 0, "The recipe describes no dictionary; expected at least one under 'dictionaries'.");
        Require(recipe.Tokens > 0, $"tokens is {recipe.Tokens}; expected a positive number.");
        Require(t.Batch is > 0 and <= 1 << 24, $"training.batch is {t.Batch}; expected 1 to {1 << 24}.");
        Require(t.Steps is null or > 0, $"training.steps is {t.Steps}; expected a positive number.");
        Require(t.LearningRate > 0, $"training.learning_rate is {t.LearningRate}; expected a positive number.");
        Require(t.FinalLearningRate >= 0, $"training.final_learning_rate is {t.FinalLearningRate}; expected 0 or more.");
        Require(t.Beta1 is >= 0 and < 1, $"training.beta1 is {t.Beta1}; expected 0 or more and less than 1.");
        Require(t.Beta2 is >= 0 and < 1, $"training.beta2 is {t.Beta2}; expected 0 or more and less than 1.");
        Require(t.Epsilon >= 0, $"training.epsilon is {t.Epsilon}; expected 0 or more.");
        Require(t.Clip >= 0, $"training.clip is {t.Clip}; expected 0 or more.");
        Require(t.WarmUpSteps >= 0 && t.DecaySteps >= 0, "training.warm_up_steps and training.decay_steps must not be negative.");
        Require(t.CheckpointEvery >= 0, $"training.checkpoint_every is {t.CheckpointEvery}; expected 0 or more.");
        Require(t.KeepCheckpoints > 0, $"training.keep_checkpoints is {t.KeepCheckpoints}; expected 1 or more.");
        Require(t.LogEvery > 0, $"training.log_every is {t.LogEvery}; expected 1 or more.");
        Require(recipe.Data.Context > 0, $"data.context is {recipe.Data.Context}; expected a positive number.");
        Require(recipe.Data.ModelBatch is > 0 and <= 1 << 20, $"data.model_batch is {recipe.Data.ModelBatch}; expected 1 to {1 << 20}.");
        Require(recipe.Data.ShuffleBuffer > 0, $"data.shuffle_buffer is {recipe.Data.ShuffleBuffer}; expected a positive number.");
        Require(recipe.Evaluation.Tokens >= 0, $"evaluation.tokens is {recipe.Evaluation.Tokens}; expected 0 or more.");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new InputException(otherwise);
    }
}
