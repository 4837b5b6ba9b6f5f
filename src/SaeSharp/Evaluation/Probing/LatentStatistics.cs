namespace SaeSharp.Evaluation.Probing;

/// <summary>How each latent's mean activation separates positive from negative texts.</summary>
/// <param name="MeanDifference">Mean over positive minus mean over negative texts, [F].</param>
/// <param name="Mean">Mean over all members, [F].</param>
/// <param name="Deviation">Population standard deviation over all members, [F].</param>
/// <param name="Auroc">Probability that a positive text has the larger value, ties counting half (Mann–Whitney), [F].</param>
/// <param name="Wasserstein">∫ |F₊ − F₋|, the Wasserstein-1 distance of the two distributions of values, [F].</param>
public sealed record LatentStatistics(double[] MeanDifference, double[] Mean, double[] Deviation, double[] Auroc, double[] Wasserstein)
{
    /// <summary>Measures every latent, each in one walk over its values in ascending order, zeros taken as one group.</summary>
    /// <param name="codes">Codes of the texts.</param>
    /// <param name="task">Which texts take part.</param>
    public static LatentStatistics Of(PooledCodes codes, BinaryTask task)
    {
        if (task.Roles.Length != codes.Texts) throw new ArgumentException($"The task is about {task.Roles.Length} texts, the codes about {codes.Texts}.", nameof(task));
        if (task.Positives == 0 || task.Negatives == 0) throw new ArgumentException("Positive and negative texts are needed.", nameof(task));
        int latents = codes.Latents;
        LatentStatistics all = new(new double[latents], new double[latents], new double[latents], new double[latents], new double[latents]);
        Parallel.For(0, latents, latent => Walk(codes, task, latent, all));
        return all;
    }

    private static void Walk(PooledCodes codes, BinaryTask task, int latent, LatentStatistics all)
    {
        int start = codes.ColumnStarts[latent], end = codes.ColumnStarts[latent + 1];
        ReadOnlySpan<float> values = codes.ColumnValues.AsSpan(start, end - start);
        ReadOnlySpan<int> texts = codes.ColumnTexts.AsSpan(start, end - start);
        (double positiveSum, double negativeSum, double squares, int positiveEntries, int negativeEntries) = (0, 0, 0, 0, 0);
        for (int e = 0; e < values.Length; e++)
        {
            double value = values[e];
            sbyte role = task.Roles[texts[e]];
            if (role == 0) continue;
            squares += value * value;
            if (role > 0) (positiveSum, positiveEntries) = (positiveSum + value, positiveEntries + 1);
            else (negativeSum, negativeEntries) = (negativeSum + value, negativeEntries + 1);
        }

        double members = task.Positives + task.Negatives, mean = (positiveSum + negativeSum) / members;
        all.MeanDifference[latent] = (positiveSum / task.Positives) - (negativeSum / task.Negatives);
        all.Mean[latent] = mean;
        double variance = (squares / members) - (mean * mean);
        // What rounding leaves of a constant column is not spread.
        all.Deviation[latent] = variance > 1e-14 * squares / members ? Math.Sqrt(variance) : 0;
        Groups groups = new(task.Positives, task.Negatives);
        bool zerosDone = false;
        int positiveZeros = task.Positives - positiveEntries, negativeZeros = task.Negatives - negativeEntries;
        for (int e = 0; e < values.Length; e++)
        {
            if (!zerosDone && values[e] > 0)
            {
                groups.Add(0, positiveZeros, negativeZeros);
                zerosDone = true;
            }

            sbyte role = task.Roles[texts[e]];
            if (role != 0) groups.Add(values[e], role > 0 ? 1 : 0, role < 0 ? 1 : 0);
        }

        if (!zerosDone) groups.Add(0, positiveZeros, negativeZeros);
        (all.Auroc[latent], all.Wasserstein[latent]) = groups.Finish();
    }

    /// <summary>Ascending values with how many of each class have them.</summary>
    private ref struct Groups(int positives, int negatives)
    {
        private double _value = double.NaN;
        private long _positiveHere, _negativeHere;
        private long _positiveBelow, _negativeBelow;
        private double _wins, _distance;

        public void Add(double value, int positive, int negative)
        {
            if (positive + negative == 0) return;
            if (value != _value) Close(value);
            _positiveHere += positive;
            _negativeHere += negative;
        }

        public (double Auroc, double Wasserstein) Finish()
        {
            Close(double.NaN);
            return (_wins / ((double)positives * negatives), _distance);
        }

        private void Close(double next)
        {
            _wins += _positiveHere * (_negativeBelow + (_negativeHere / 2.0));
            _positiveBelow += _positiveHere;
            _negativeBelow += _negativeHere;
            (_positiveHere, _negativeHere) = (0, 0);
            if (!double.IsNaN(_value) && !double.IsNaN(next))
                _distance += (next - _value) * Math.Abs(((double)_positiveBelow / positives) - ((double)_negativeBelow / negatives));
            _value = next;
        }
    }
}
