namespace SaeSharp.Evaluation.Probing;

/// <summary>Sparse probing: how much of a labelled property can be read off one or a few latents.</summary>
/// <remarks>
/// Protocol of SAEBench as PolySAE uses it (spec sections 3.2, 3.3), with two arms that do not depend on the scale of latents beside it, selection by
/// AUROC beside selection by mean difference, exact solutions, and no early stopping on test data.
/// </remarks>
public static class SparseProbing
{
    /// <summary>Probes every class of a set.</summary>
    /// <param name="set">The labelled texts.</param>
    /// <param name="train">Codes of the training texts.</param>
    /// <param name="test">Codes of the test texts.</param>
    /// <param name="directionNorms">‖α_f‖ of the dictionary, [F].</param>
    /// <param name="options">Sizes, arms, samples.</param>
    /// <param name="cancel">Stops between classes.</param>
    /// <exception cref="InputException">There are fewer texts than asked for, or a size is out of range.</exception>
    public static ProbeSetResult Run(
        ProbeSet set, PooledCodes train, PooledCodes test, IReadOnlyList<double> directionNorms, SparseProbingOptions options, CancellationToken cancel = default)
    {
        if (train.Texts != set.Train.Count || test.Texts != set.Test.Count) throw new ArgumentException("Codes of every text are expected.", nameof(train));
        if (train.Latents != directionNorms.Count || test.Latents != train.Latents) throw new ArgumentException("Codes and norms must be of the same latents.", nameof(directionNorms));
        foreach (int size in options.Sizes)
            if (size < 0 || size > train.Latents) throw new InputException($"A probe of {size} latents was asked for; the dictionary has {train.Latents}.");
        double[] norms = [.. directionNorms];
        List<ClassProbe> probes = [];
        List<ClassDistance> distances = [];
        List<int> trainSides = [], testSides = [];
        for (int label = 0; label < set.Train.Classes.Count; label++)
        {
            cancel.ThrowIfCancellationRequested();
            BinaryTask trainTask = OneVersusRest.Sample(set.Train, label, options.TrainPerSide, 2000, options.Seed, isTest: false);
            BinaryTask testTask = OneVersusRest.Sample(set.Test, label, options.TestPerSide, 500, options.Seed, isTest: true);
            ClassRun run = new(set.Train.Classes[label], train, test, trainTask, testTask, norms, options);
            probes.AddRange(run.Probes(cancel));
            distances.AddRange(run.Distances());
            trainSides.Add(trainTask.Positives);
            testSides.Add(testTask.Positives);
        }

        return new ProbeSetResult(set.Name, probes, distances, trainSides, testSides);
    }

    /// <summary>Everything about one class.</summary>
    private sealed class ClassRun
    {
        private readonly string _name;
        private readonly PooledCodes _train, _test;
        private readonly BinaryTask _trainTask;
        private readonly int[] _trainMembers, _testMembers;
        private readonly double[] _trainSigns, _testSigns;
        private readonly LatentStatistics _statistics;
        private readonly double[] _norms;
        private readonly SparseProbingOptions _options;

        public ClassRun(string name, PooledCodes train, PooledCodes test, BinaryTask trainTask, BinaryTask testTask, double[] norms, SparseProbingOptions options)
        {
            (_name, _train, _test, _trainTask, _norms, _options) = (name, train, test, trainTask, norms, options);
            (_trainMembers, _testMembers) = (trainTask.Members(), testTask.Members());
            (_trainSigns, _testSigns) = (trainTask.Signs(_trainMembers), testTask.Signs(_testMembers));
            _statistics = LatentStatistics.Of(train, _trainTask);
        }

        public IEnumerable<ClassDistance> Distances()
        {
            foreach (ProbeArm arm in _options.Arms)
            {
                double[] scale = FeatureScaling.Of(arm, _statistics, _norms).Scale;
                double sum = 0;
                for (int f = 0; f < scale.Length; f++) sum += _statistics.Wasserstein[f] * scale[f];
                yield return new ClassDistance(_name, arm, sum / scale.Length);
            }
        }

        public ClassProbe[] Probes(CancellationToken cancel)
        {
            (ProbeArm Arm, ProbeSelection Selection, int Size)[] jobs =
            [
                .. from arm in _options.Arms
                   from selection in _options.Selections
                   from size in _options.Sizes
                   // A probe of all latents needs no selection; it is fitted once.
                   where size != SparseProbingOptions.AllLatents || selection == _options.Selections[0]
                   select (arm, selection, size),
            ];
            ClassProbe[] probes = new ClassProbe[jobs.Length];
            Parallel.For(0, jobs.Length, new ParallelOptions { CancellationToken = cancel }, i => probes[i] = Fit(jobs[i].Arm, jobs[i].Selection, jobs[i].Size));
            return probes;
        }

        private ClassProbe Fit(ProbeArm arm, ProbeSelection selection, int size)
        {
            FeatureScaling scaling = FeatureScaling.Of(arm, _statistics, _norms);
            bool all = size == SparseProbingOptions.AllLatents;
            int[] latents = all ? [] : LatentSelection.Strongest(_statistics, selection, scaling, size);
            ProbeDesign train = all ? new SparseDesign(_train, _trainMembers, scaling) : DenseDesign.Of(_train, _trainMembers, latents, scaling);
            ProbeDesign test = all ? new SparseDesign(_test, _testMembers, scaling) : DenseDesign.Of(_test, _testMembers, latents, scaling);
            LogisticFit fit = LogisticRegression.Fit(train, _trainSigns, _options.InverseRegularization);
            return new ClassProbe(_name, size, arm, selection, latents, Score(train, fit, _trainSigns), Score(test, fit, _testSigns));
        }

        private static BinaryScores Score(ProbeDesign design, LogisticFit fit, double[] signs)
        {
            double[] margins = new double[design.Rows];
            design.Margins([.. fit.Weights, fit.Intercept], margins);
            return BinaryScores.Of(margins, signs);
        }
    }
}
