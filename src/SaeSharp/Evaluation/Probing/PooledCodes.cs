namespace SaeSharp.Evaluation.Probing;

/// <summary>One code a text: the mean of its tokens' codes, sparse, [texts × F].</summary>
/// <remarks>
/// Kept twice: text by text, and latent by latent in ascending order of value, so that means, ranks and distances of any split into classes
/// take one walk over the entries. 16 bytes an entry; a text has a few thousand. Immutable.
/// </remarks>
public sealed class PooledCodes
{
    /// <summary>Sorts the entries by latent and value.</summary>
    /// <param name="latents">Number of latents F.</param>
    /// <param name="rows">For each text its latents, ascending, and their values; zeros are left out.</param>
    internal PooledCodes(int latents, IReadOnlyList<(int[] Latents, float[] Values)> rows)
    {
        Latents = latents;
        Texts = rows.Count;
        RowStarts = new long[Texts + 1];
        for (int t = 0; t < Texts; t++) RowStarts[t + 1] = RowStarts[t] + rows[t].Latents.Length;
        int entries = checked((int)RowStarts[Texts]);
        RowLatents = new int[entries];
        RowValues = new float[entries];
        for (int t = 0; t < Texts; t++)
        {
            rows[t].Latents.CopyTo(RowLatents, RowStarts[t]);
            rows[t].Values.CopyTo(RowValues, RowStarts[t]);
        }

        ColumnStarts = new int[latents + 1];
        foreach (int latent in RowLatents) ColumnStarts[latent + 1]++;
        for (int f = 0; f < latents; f++) ColumnStarts[f + 1] += ColumnStarts[f];
        ColumnTexts = new int[entries];
        ColumnValues = new float[entries];
        SortColumns();
    }

    /// <summary>Number of texts.</summary>
    public int Texts { get; }

    /// <summary>Number of latents F.</summary>
    public int Latents { get; }

    /// <summary>Number of values that are not zero.</summary>
    public int Entries => RowValues.Length;

    internal long[] RowStarts { get; }

    internal int[] RowLatents { get; }

    internal float[] RowValues { get; }

    internal int[] ColumnStarts { get; }

    internal int[] ColumnTexts { get; }

    /// <summary>Ascending within a latent.</summary>
    internal float[] ColumnValues { get; }

    /// <summary>Pools that are dense already.</summary>
    /// <param name="dense">[texts × latents], row-major.</param>
    /// <param name="latents">Number of latents F.</param>
    public static PooledCodes FromDense(ReadOnlySpan<float> dense, int latents)
    {
        List<(int[], float[])> rows = [];
        for (int start = 0; start < dense.Length; start += latents)
        {
            List<int> places = [];
            List<float> values = [];
            for (int f = 0; f < latents; f++)
            {
                if (dense[start + f] == 0) continue;
                places.Add(f);
                values.Add(dense[start + f]);
            }

            rows.Add(([.. places], [.. values]));
        }

        return new PooledCodes(latents, rows);
    }

    private void SortColumns()
    {
        int[] next = ColumnStarts[..^1];
        for (int t = 0; t < Texts; t++)
        {
            for (long e = RowStarts[t]; e < RowStarts[t + 1]; e++)
            {
                int place = next[RowLatents[e]]++;
                ColumnTexts[place] = t;
                ColumnValues[place] = RowValues[e];
            }
        }

        Parallel.For(0, Latents, f =>
        {
            int start = ColumnStarts[f], count = ColumnStarts[f + 1] - start;
            ColumnValues.AsSpan(start, count).Sort(ColumnTexts.AsSpan(start, count));
        });
    }
}
