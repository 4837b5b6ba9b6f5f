using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Training;
using Xunit.Abstractions;

namespace SaeSharp.Tests.Gold;

/// <summary>Ten training steps of every published dictionary: states, moments, thresholds, counters, losses and rates.</summary>
public class GoldTrajectoryTests(ITestOutputHelper output)
{
    public static TheoryData<string> Cases => GoldCase.Names("polysae", "standard");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ten_steps_meet_the_published_code(string name)
    {
        using GoldCase gold = GoldCase.Load(name);
        using TrainingStep step = gold.StartTraining();
        var checks = new Checks($"{name} steps");
        if (GeometricMedian.IsUsedBy(gold)) GeometricMedian.SetBias(gold.Dictionary, gold.Input(0));

        var results = new List<StepResult>();
        var thresholds = new List<double>();
        for (int i = 0; i < gold.Manifest.Steps; i++)
        {
            results.Add(step.Run(gold.Input(i), i));
            thresholds.Add(gold.Dictionary.Threshold);
            if (gold.Manifest.HasSnapshot(gold.Tensors.Tensors.Keys, i + 1)) CheckSnapshot(gold, step, i + 1, checks);
        }

        CheckSeries(gold, results, thresholds, checks);
        checks.Verify(output);
    }

    private static void CheckSnapshot(GoldCase gold, TrainingStep step, int after, Checks checks)
    {
        string prefix = $"f64.step{after}.";
        foreach (string key in gold.Tensors.Tensors.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)))
        {
            string name = key[prefix.Length..];
            if (GoldTensors.IsPlaceholder(gold, name)) continue;
            double[] reference = gold.Tensors.ReadFloat64(key);
            string toleranceKey = $"step{after}.{name}";
            if (name.StartsWith("adam_m.", StringComparison.Ordinal))
                checks.Close(toleranceKey, GoldTensors.Read(gold, name[7..], p => p.FirstMoment), reference, gold.ToleranceOf(toleranceKey));
            else if (name.StartsWith("adam_v.", StringComparison.Ordinal))
                checks.Close(toleranceKey, GoldTensors.Read(gold, name[7..], p => p.SecondMoment), reference, gold.ToleranceOf(toleranceKey));
            else CheckState(gold, name, toleranceKey, reference, checks);
        }

        if (gold.Tensors.Contains($"step{after}.passes_since_fired"))
            checks.Equal($"step{after} steps of silence", step.SilentSteps, gold.Tensors.ReadInt64($"step{after}.passes_since_fired"));
        if (gold.Tensors.Contains($"step{after}.tokens_since_fired"))
            checks.Equal($"step{after} tokens of silence", step.SilentTokens, gold.Tensors.ReadInt64($"step{after}.tokens_since_fired"));
    }

    private static void CheckState(GoldCase gold, string name, string toleranceKey, double[] reference, Checks checks)
    {
        double[] actual = GoldTensors.Read(gold, name, p => p.Value);
        checks.Close(toleranceKey, actual, reference, gold.ToleranceOf(toleranceKey));
        double[] start = gold.Tensors.ReadFloat64($"init.{name}");
        double[] moved = [.. actual.Select((v, i) => v - start[i])];
        double[] shouldMove = [.. reference.Select((v, i) => v - start[i])];

        // A first step of rate 0 moves rows only by their renormalisation, which is rounding: there is no update to compare.
        if (shouldMove.Max(Math.Abs) < 1e-6) return;

        // A float32 weight cannot stand nearer to its reference than its own rounding: in saelens_topk_no_clipping (weights up to 74, steps of 3e-4)
        // the reference rounded to float32 is already 6.3e-3 of the update away. Where that exceeds the stated tolerance, it is the tolerance.
        double rounding = reference.Max(v => Math.Abs(v - (float)v)) / shouldMove.Max(Math.Abs);
        checks.Close($"{toleranceKey} − init", moved, shouldMove, Math.Max(gold.UpdateToleranceOf(toleranceKey), 1.1 * rounding));
    }

    private static void CheckSeries(GoldCase gold, List<StepResult> results, List<double> thresholds, Checks checks)
    {
        double tolerance = gold.ToleranceOf("default");
        void Series(string name, IEnumerable<double> ours, double[] theirs)
        {
            double[] actual = [.. ours];
            for (int i = 0; i < theirs.Length; i++) checks.Close($"{name} at step {i}", actual[i], theirs[i], tolerance);
        }

        Series("loss", results.Select(r => r.Losses.Total), gold.Manifest.Trajectory("loss"));
        Series("gradient norm", results.Select(r => r.GradientNorm), gold.Manifest.Trajectory("grad_norm"));
        Series("mse_loss", results.Select(r => r.Losses.Reconstruction), gold.Manifest.LossTerm("mse_loss"));
        Series("auxiliary", results.Select(r => r.Losses.Auxiliary), gold.Manifest.LossTerm("auxiliary_reconstruction_loss"));
        Series("pre_act_loss", results.Select(r => r.Losses.Auxiliary), gold.Manifest.LossTerm("pre_act_loss"));
        Series("l1_loss", results.Select(r => r.Losses.Sparsity), gold.Manifest.LossTerm("l1_loss"));
        Series("l0_loss", results.Select(r => r.Losses.Sparsity), gold.Manifest.LossTerm("l0_loss"));
        double[] inner12 = gold.Manifest.LossTerm("inner_mse_loss_12");
        double[] inner24 = gold.Manifest.LossTerm("inner_mse_loss_24");
        Series("inner levels", results.Select(r => r.Losses.InnerLevels), [.. inner12.Zip(inner24, (a, b) => a + b)]);

        // Rates are the same arithmetic in double: equal to rounding.
        double[] rates = gold.Manifest.Trajectory("lr");
        for (int i = 0; i < rates.Length; i++) checks.Close($"learning rate at step {i}", results[i].LearningRate, rates[i], 1e-12);
        double[] dead = gold.Manifest.Trajectory("n_dead");
        if (dead.Length > 0) checks.Equal("dead latents", results.Select(r => (double)r.Losses.Dead), dead);

        // AutoEncoderTopK keeps a threshold that neither its training nor its default encode uses; we keep none for topk.
        if (gold.Spec.Sparsifier.Kind == SparsifierKind.BatchTopK)
            Series("threshold", thresholds, [.. gold.Manifest.Trajectory("threshold").Select(t => t < 0 ? 0 : t)]);
    }
}
