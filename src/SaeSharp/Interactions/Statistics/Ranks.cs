namespace SaeSharp.Interactions.Statistics;

/// <summary>Ranks from 1, equal numbers sharing the average of theirs.</summary>
public static class Ranks
{
    /// <summary>The average rank of each number.</summary>
    /// <param name="values">Numbers, none of them NaN.</param>
    public static double[] Average(ReadOnlySpan<double> values)
    {
        double[] ranks = new double[values.Length];
        int[] order = Order(values);
        double[] ones = new double[values.Length];
        Array.Fill(ones, 1);
        Weighted(values, order, ones, ranks);
        return ranks;
    }

    /// <summary>Places of the numbers in ascending order.</summary>
    internal static int[] Order(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        int[] order = new int[sorted.Length];
        for (int i = 0; i < order.Length; i++)
        {
            if (double.IsNaN(sorted[i])) throw new ArgumentException("NaN has no rank.", nameof(values));
            order[i] = i;
        }

        Array.Sort(sorted, order);
        return order;
    }

    /// <summary>Average ranks of a sample in which number i occurs weights[i] times.</summary>
    internal static void Weighted(ReadOnlySpan<double> values, int[] order, double[] weights, double[] ranks)
    {
        double before = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = start;
            double weight = 0, value = values[order[start]];
            for (; end < order.Length && values[order[end]] == value; end++) weight += weights[order[end]];
            double rank = before + ((weight + 1) / 2);
            for (; start < end; start++) ranks[order[start]] = rank;
            before += weight;
        }
    }
}
