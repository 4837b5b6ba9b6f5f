namespace SaeSharp.Evaluation.Probing;

/// <summary>How well a probe tells positive from negative texts.</summary>
/// <param name="F1">F1 of the positive class; 0 where it is undefined. On balanced texts the answer "always positive" scores 0.667, so look at the accuracy too.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="Auroc">Probability that a positive text gets the higher score, ties counting half; NaN with one class only.</param>
public readonly record struct BinaryScores(double F1, double Accuracy, double Auroc)
{
    /// <summary>Scores decisions score &gt; 0.</summary>
    /// <param name="scores">Score of each text.</param>
    /// <param name="signs">+1 or −1 for each text.</param>
    public static BinaryScores Of(ReadOnlySpan<double> scores, ReadOnlySpan<double> signs)
    {
        if (scores.Length != signs.Length || scores.Length == 0) throw new ArgumentException("A score and a sign for each text are expected.", nameof(signs));
        int truePositives = 0, right = 0, positives = 0, answers = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            bool isPositive = signs[i] > 0, says = scores[i] > 0;
            if (isPositive) positives++;
            if (says) answers++;
            if (isPositive && says) truePositives++;
            if (isPositive == says) right++;
        }

        double f1 = positives + answers == 0 ? 0 : 2.0 * truePositives / (positives + answers);
        return new BinaryScores(f1, (double)right / scores.Length, AreaUnderCurve(scores, signs, positives));
    }

    private static double AreaUnderCurve(ReadOnlySpan<double> scores, ReadOnlySpan<double> signs, int positives)
    {
        int negatives = scores.Length - positives;
        if (positives == 0 || negatives == 0) return double.NaN;
        double[] sorted = scores.ToArray(), labels = signs.ToArray();
        Array.Sort(sorted, labels);
        double wins = 0;
        long below = 0;
        for (int start = 0; start < sorted.Length;)
        {
            int end = start;
            long positiveHere = 0, negativeHere = 0;
            for (; end < sorted.Length && sorted[end] == sorted[start]; end++)
            {
                if (labels[end] > 0) positiveHere++;
                else negativeHere++;
            }

            wins += positiveHere * (below + (negativeHere / 2.0));
            below += negativeHere;
            start = end;
        }

        return wins / ((double)positives * negatives);
    }
}
