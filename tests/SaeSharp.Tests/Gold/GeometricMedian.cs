using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Gold;

/// <summary>dictionary_learning's TopK trainers put b_dec at the geometric median of its first batch: Weiszfeld's iteration, at most 100 rounds.</summary>
internal static class GeometricMedian
{
    public static bool IsUsedBy(GoldCase gold) => gold.Manifest.TrainingClass is "TopKTrainer" or "BatchTopKTrainer" or "MatryoshkaBatchTopKTrainer";

    public static void SetBias(SparseDictionary dictionary, MatrixView x)
    {
        double[] guess = new double[x.Columns];
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++) guess[j] += x[i, j] / (double)x.Rows;
        }

        for (int round = 0; round < 100; round++)
        {
            double[] next = new double[x.Columns];
            double total = 0;
            for (int i = 0; i < x.Rows; i++)
            {
                double square = 0;
                for (int j = 0; j < x.Columns; j++) square += (x[i, j] - guess[j]) * (x[i, j] - guess[j]);
                double weight = 1 / Math.Sqrt(square);
                total += weight;
                for (int j = 0; j < x.Columns; j++) next[j] += weight * x[i, j];
            }

            double moved = 0;
            for (int j = 0; j < x.Columns; j++)
            {
                next[j] /= total;
                moved += (next[j] - guess[j]) * (next[j] - guess[j]);
            }

            guess = next;
            if (Math.Sqrt(moved) < 1e-5) break;
        }

        for (int j = 0; j < x.Columns; j++) dictionary["b_dec"].Value[0, j] = (float)guess[j];
    }
}
