using System.Diagnostics;
using SaeSharp.Activations;
using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Training;

/// <summary>Trains any number of dictionaries over one pass of activations, into a run folder that survives being killed.</summary>
/// <remarks>
/// Every dictionary sees the same vectors in the same order. A checkpoint holds weights, moments, counters, thresholds and the state of the
/// activation source, so a run that is killed at any moment and resumed ends with the same bits as one that was not.
/// </remarks>
public sealed class TrainingRun : IDisposable
{
    private readonly Device _device;
    private readonly IActivationSource _source;
    private readonly TrainingSpec _spec;
    private readonly List<(SparseDictionary Dictionary, TrainingStep Step)> _arms = [];
    private readonly BatchDiagnostics _diagnostics;
    private readonly Matrix _batch;

    /// <summary>Prepares a run; nothing is written yet.</summary>
    /// <param name="folder">Where it goes.</param>
    /// <param name="recipe">What is done, fully resolved.</param>
    /// <param name="source">Where vectors come from; stays the caller's.</param>
    /// <param name="dictionaries">What is trained, in the order of the recipe, in units of the source's scaled vectors; they become this run's.</param>
    /// <param name="device">Where it runs.</param>
    public TrainingRun(RunFolder folder, Recipe recipe, IActivationSource source, IReadOnlyList<SparseDictionary> dictionaries, Device device)
    {
        Folder = folder;
        Recipe = recipe;
        _source = source;
        _device = device;
        _spec = recipe.Training;
        Steps = _spec.Steps ?? Math.Max(1, recipe.Tokens / _spec.Batch);
        foreach (SparseDictionary dictionary in dictionaries)
        {
            if (dictionary.Width != source.Width)
                throw new InputException($"dictionary '{dictionary.Spec.Name}' has width {dictionary.Width}, the activations {source.Width}.");
            _arms.Add((dictionary, new TrainingStep(dictionary, _spec, Steps)));
        }

        if (_arms.Count == 0) throw new InputException("The recipe has no dictionaries to train.");
        _diagnostics = new BatchDiagnostics(device, source.Width);
        _batch = device.Allocate(_spec.Batch, source.Width);
    }

    /// <summary>Where the run goes.</summary>
    public RunFolder Folder { get; }

    /// <summary>What is done.</summary>
    public Recipe Recipe { get; }

    /// <summary>Steps of the whole run.</summary>
    public long Steps { get; }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>What is trained, in units of the source's scaled vectors.</summary>
    public IEnumerable<SparseDictionary> Dictionaries => _arms.Select(arm => arm.Dictionary);

    /// <summary>How often each latent of a dictionary has fired since training began, [F].</summary>
    public ReadOnlySpan<long> Firings(int dictionary) => _arms[dictionary].Step.Firings;

    /// <summary>Goes on from the newest checkpoint; where there is none, from the start.</summary>
    /// <returns>The step that the run goes on from.</returns>
    public long Resume()
    {
        IReadOnlyList<(long Step, string File)> checkpoints = Folder.ListCheckpoints();
        if (checkpoints.Count == 0) return 0;
        using var reader = new CheckpointReader(checkpoints[^1].File);
        reader.Begin("run");
        Step = reader.ReadInt64("step")[0];
        if (Step < 0 || Step > Steps) throw new InputException($"{checkpoints[^1].File} was made after {Step} steps; the recipe has {Steps}.");
        foreach ((SparseDictionary dictionary, TrainingStep training) in _arms)
        {
            reader.Begin("dictionaries/" + dictionary.Spec.Name);
            TrainingState.Restore(dictionary, training, reader);
        }

        reader.Begin("source");
        _source.Restore(reader);
        return Step;
    }

    /// <summary>Trains until the run is done or cancelled; a cancelled run leaves a checkpoint.</summary>
    /// <param name="progress">Told at every logged step.</param>
    /// <param name="cancel">Asks to stop after the step under way.</param>
    /// <returns>Whether the run is done.</returns>
    /// <exception cref="TrainingFailedException">A number stopped being finite.</exception>
    public bool Train(IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        using var log = new MetricsLog(Folder.Metrics, Step);
        long began = Stopwatch.GetTimestamp();
        long first = Step;
        long saved = Step;
        while (Step < Steps)
        {
            if (cancel.IsCancellationRequested)
            {
                if (saved < Step || Step == 0) SaveCheckpoint();
                return false;
            }

            if (!_source.TryFill(_batch)) throw new InputException($"The activations ended after {Step} of {Steps} steps of {_spec.Batch} vectors.");
            bool report = (Step + 1) % _spec.LogEvery == 0 || Step + 1 == Steps || Step == 0;
            DictionaryMetrics[] metrics = RunStep(report);
            Step++;
            if (report)
            {
                double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
                double perStep = seconds / (Step - first);
                var state = new TrainingProgress(
                    Step, Steps, Step * _spec.Batch, _spec.Batch / perStep, TimeSpan.FromSeconds(perStep * (Steps - Step)), metrics);
                log.Write(state);
                progress?.Report(state);
            }

            if (_spec.CheckpointEvery > 0 && Step % _spec.CheckpointEvery == 0)
            {
                SaveCheckpoint();
                saved = Step;
            }
        }

        if (saved < Step) SaveCheckpoint();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((SparseDictionary dictionary, TrainingStep step) in _arms)
        {
            step.Dispose();
            dictionary.Dispose();
        }

        _diagnostics.Dispose();
        _batch.Dispose();
    }

    private DictionaryMetrics[] RunStep(bool report)
    {
        double variance = report ? _diagnostics.Variance(_batch) : 0;
        DictionaryMetrics[] metrics = report ? new DictionaryMetrics[_arms.Count] : [];
        for (int i = 0; i < _arms.Count; i++)
        {
            (SparseDictionary dictionary, TrainingStep training) = _arms[i];
            try
            {
                StepResult result = training.Run(_batch, Step);
                if (report) metrics[i] = _diagnostics.Measure(dictionary, training, result, _batch, variance);
            }
            catch (ArithmeticException e)
            {
                throw new TrainingFailedException($"Training stopped at step {Step + 1}: {e.Message}. {LastGood()}", e);
            }
        }

        return metrics;
    }

    private string LastGood()
    {
        IReadOnlyList<(long Step, string File)> checkpoints = Folder.ListCheckpoints();
        return checkpoints.Count == 0
            ? "There is no checkpoint yet; try a lower --learning-rate."
            : $"The last good checkpoint is {checkpoints[^1].File}; try a lower --learning-rate.";
    }

    private void SaveCheckpoint()
    {
        var writer = new CheckpointWriter();
        writer.Begin("run");
        writer.Add("step", [Step]);
        foreach ((SparseDictionary dictionary, TrainingStep training) in _arms)
        {
            writer.Begin("dictionaries/" + dictionary.Spec.Name);
            TrainingState.Save(dictionary, training, writer);
        }

        writer.Begin("source");
        _source.Save(writer);
        writer.Save(Folder.Checkpoint(Step));
        Folder.PruneCheckpoints(_spec.KeepCheckpoints);
    }
}
