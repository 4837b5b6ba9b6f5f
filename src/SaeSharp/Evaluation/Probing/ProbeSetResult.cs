namespace SaeSharp.Evaluation.Probing;

/// <summary>What probes of one dictionary reach on one set.</summary>
/// <param name="Set">Name of the set.</param>
/// <param name="Probes">Every probe.</param>
/// <param name="Distances">A distance a class and arm.</param>
/// <param name="TrainPerSide">Positive training texts of each class, in the order of the classes.</param>
/// <param name="TestPerSide">Positive test texts of each class.</param>
public sealed record ProbeSetResult(
    string Set, IReadOnlyList<ClassProbe> Probes, IReadOnlyList<ClassDistance> Distances, IReadOnlyList<int> TrainPerSide, IReadOnlyList<int> TestPerSide)
{
    /// <summary>Test scores, mean over the classes ("macro").</summary>
    /// <exception cref="ArgumentException">No such probe was fitted.</exception>
    public BinaryScores Mean(int size, ProbeArm arm, ProbeSelection selection)
    {
        ClassProbe[] probes = [.. Probes.Where(probe => probe.Size == size && probe.Arm == arm && probe.Selection == selection)];
        if (probes.Length == 0) throw new ArgumentException($"No probe of {size} latents was fitted in this arm.", nameof(size));
        return new BinaryScores(probes.Average(probe => probe.Test.F1), probes.Average(probe => probe.Test.Accuracy), probes.Average(probe => probe.Test.Auroc));
    }

    /// <summary>Wasserstein-1 distance, median over the classes: the published summary of a set.</summary>
    public double MedianWasserstein(ProbeArm arm) => ProbingSummary.Median([.. Distances.Where(distance => distance.Arm == arm).Select(distance => distance.Wasserstein)]);

    /// <summary>Wasserstein-1 distance, mean over the classes.</summary>
    public double MeanWasserstein(ProbeArm arm) => Distances.Where(distance => distance.Arm == arm).Select(distance => distance.Wasserstein).DefaultIfEmpty(double.NaN).Average();
}
