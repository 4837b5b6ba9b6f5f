using SaeSharp.Dictionaries;
using SaeSharp.Recipes;

namespace SaeSharp.Planning;

/// <summary>What a recipe will ask of a machine, before anything runs.</summary>
public sealed class RunPlan
{
    private readonly Recipe _recipe;
    private readonly ModelShape? _model;

    /// <summary>Plans a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="width">Width D of the activations.</param>
    /// <param name="model">The host model; null when vectors come from files.</param>
    /// <param name="blocks">Blocks of the host model that run to reach the hook point.</param>
    /// <exception cref="InputException">A dictionary makes no sense at this width.</exception>
    public RunPlan(Recipe recipe, int width, ModelShape? model, int blocks)
    {
        if (recipe.Dictionaries.Count == 0) throw new InputException("The recipe describes no dictionary; expected at least one under 'dictionaries'.");
        foreach (DictionarySpec spec in recipe.Dictionaries) spec.Validate(width);
        (_recipe, _model, Width, Blocks) = (recipe, model, width, blocks);
        Costs = [.. recipe.Dictionaries.Select(spec => StepCost.Of(spec, width, recipe.Training.Batch))];
    }

    /// <summary>Width D of the activations.</summary>
    public int Width { get; }

    /// <summary>Blocks of the host model that run.</summary>
    public int Blocks { get; }

    /// <summary>The floor of a step, dictionary by dictionary.</summary>
    public IReadOnlyList<StepCost> Costs { get; }

    /// <summary>Training steps.</summary>
    public long Steps => _recipe.Training.Steps ?? Math.Max(1, _recipe.Tokens / _recipe.Training.Batch);

    /// <summary>Tokens that are trained on.</summary>
    public long Tokens => Steps * _recipe.Training.Batch;

    /// <summary>FLOP of the host model a training step.</summary>
    public double ModelFlopPerStep => _model is null ? 0 : _model.FlopPerToken(Blocks, _recipe.Data.Context) * _recipe.Training.Batch;

    /// <summary>Bytes of one dictionary while it trains: weights, gradient, two moments, the packed encoder, codes and a few batches of vectors.</summary>
    public double MemoryOf(StepCost cost)
    {
        double batch = cost.Batch;
        double codes = batch * StepCost.ActivePerToken(cost.Spec) * 32;
        double vectors = 4 * batch * Width * 4;
        double packed = 4.0 * Width * cost.Spec.Latents;
        return (16.0 * cost.Parameters) + packed + codes + vectors;
    }

    /// <summary>Bytes that are not a dictionary's: the shuffle buffer, the host model in float32 and its activations.</summary>
    public double SharedMemory
    {
        get
        {
            double buffer = _recipe.Data.Shuffle == Shuffle.Buffer ? 4.0 * _recipe.Data.ShuffleBuffer * Width : 0;
            if (_model is null) return buffer;
            double tokens = (double)_recipe.Data.Context * _recipe.Data.ModelBatch;
            return buffer + (4 * _model.Parameters) + (4 * tokens * ((6.0 * Width) + _model.MlpWidth));
        }
    }

    /// <summary>Peak memory of the run.</summary>
    public double Memory => SharedMemory + Costs.Sum(MemoryOf);

    /// <summary>Bytes on disk: the dictionaries and the checkpoints that are kept (weights, moments and the shuffle buffer), with one more while it is written.</summary>
    public double Disk
    {
        get
        {
            double weights = Costs.Sum(cost => 4.0 * cost.Parameters);
            double buffer = _recipe.Data.Shuffle == Shuffle.Buffer ? 4.0 * _recipe.Data.ShuffleBuffer * Width : 0;
            return weights + ((_recipe.Training.KeepCheckpoints + 1) * ((3 * weights) + buffer));
        }
    }

    /// <summary>Seconds of the run if every part ran at the machine's peak: no run is faster.</summary>
    public double FloorSeconds(MachineSpeed speed) =>
        Steps * (Costs.Sum(cost => cost.FloorSeconds(speed)) + (ModelFlopPerStep / speed.FlopPerSecond));

    /// <summary>Seconds to expect: steps at a share of their floor that was measured, the host model at a share of the peak.</summary>
    /// <param name="speed">The machine.</param>
    /// <param name="stepShare">Share of the floor that training steps reach.</param>
    /// <param name="modelShare">Share of the peak that forward passes reach.</param>
    public double ExpectedSeconds(MachineSpeed speed, double stepShare, double modelShare) =>
        Steps * ((Costs.Sum(cost => cost.FloorSeconds(speed)) / stepShare) + (ModelFlopPerStep / speed.FlopPerSecond / modelShare));
}
