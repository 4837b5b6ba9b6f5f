using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

public class SelectionTests
{
    private static readonly (int Rows, int Columns, int K)[] s_sizes =
        [(1, 1, 1), (3, 5, 5), (4, 17, 3), (9, 100, 100), (5, 1000, 1), (6, 2000, 64), (3, 3001, 500), (2, 20_000, 32)];

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void TopK_keeps_the_largest_positive_scores_and_breaks_ties_by_index(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int rows, int columns, int k) in s_sizes)
        {
            foreach (Fill fill in Enum.GetValues<Fill>())
            {
                foreach (bool extras in new[] { false, true })
                {
                    using Padded scores = Scores(rows, columns, fill);
                    using Padded bias = Padded.Random(1, columns, 5, scale: 0.1), weights = Weights(columns);
                    using CsrMatrix codes = device.AllocateCsr(rows + 2, columns, 4);
                    codes.Reset(rows + 2, columns);
                    int half = rows / 2;
                    device.SelectTopK(scores.View.RowRange(0, half), extras ? bias : default(MatrixView), extras ? weights : default(MatrixView), k, 0, codes);
                    device.SelectTopK(scores.View.RowRange(half, rows - half), extras ? bias : default(MatrixView), extras ? weights : default(MatrixView), k, half, codes);
                    (int Column, float Value)[][] actual = Codes.ToRows(codes);
                    for (int row = 0; row < rows; row++)
                    {
                        IEnumerable<(int Column, float Value)> expected = Entries(scores, bias, weights, extras, row)
                            .Where(e => e.Value > 0).OrderByDescending(e => e.Key).ThenBy(e => e.Column).Take(k).OrderBy(e => e.Column).Select(e => (e.Column, e.Value));
                        Assert.Equal(expected, actual[row]);
                    }

                    Assert.Empty(actual[rows]);
                    Assert.Empty(actual[rows + 1]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Threshold_selection_keeps_what_is_strictly_above(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int rows, int columns, int _) in s_sizes)
        {
            foreach (Fill fill in Enum.GetValues<Fill>())
            {
                foreach (bool extras in new[] { false, true })
                {
                    using Padded scores = Scores(rows, columns, fill);
                    using Padded bias = Padded.Random(1, columns, 5, scale: 0.1), weights = Weights(columns);
                    using Padded thresholds = Padded.Random(1, extras ? columns : 1, 9, scale: 0.5);
                    using CsrMatrix codes = device.AllocateCsr(rows, columns, 4);
                    codes.Reset(rows, columns);
                    int half = rows / 2;
                    device.SelectAbove(scores.View.RowRange(0, half), extras ? bias : default(MatrixView), extras ? weights : default(MatrixView), thresholds, 0, codes);
                    device.SelectAbove(scores.View.RowRange(half, rows - half), extras ? bias : default(MatrixView), extras ? weights : default(MatrixView), thresholds, half, codes);
                    (int Column, float Value)[][] actual = Codes.ToRows(codes);
                    for (int row = 0; row < rows; row++)
                    {
                        IEnumerable<(int, float)> expected = Entries(scores, bias, weights, extras, row)
                            .Where(e => e.Key > thresholds.View[0, extras ? e.Column : 0]).Select(e => (e.Column, e.Value));
                        Assert.Equal(expected, actual[row]);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Kth_largest_is_what_sorting_finds(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach (int count in new[] { 1, 2, 15, 1000, 70_001 })
        {
            foreach (Fill fill in Enum.GetValues<Fill>())
            {
                using Padded values = Scores(1, count, fill);
                float[] sorted = [.. values.ToArray().OrderByDescending(v => float.IsNaN(v) ? float.NegativeInfinity : v)];
                foreach (int k in new[] { 1, count / 3 + 1, count })
                {
                    float actual = device.KthLargest(values.View.Row(0), k);
                    if (fill == Fill.SomeNaN && float.IsNaN(sorted[k - 1])) Assert.True(float.IsNaN(actual));
                    else Assert.Equal(sorted[k - 1], actual);
                }
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => device.KthLargest([1f], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.KthLargest([1f], 0));
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Pruning_keeps_the_largest_keys_of_the_batch_and_the_earlier_of_equal_ones(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach (bool coarse in new[] { false, true })
        {
            foreach (bool weighted in new[] { false, true })
            {
                foreach (int keep in new[] { 0, 1, 10, 123, 100_000 })
                {
                    using CsrMatrix codes = Codes.Random(device, 300, 200, 40, 3);
                    if (coarse) foreach (ref float value in codes.ValueSpan) value = MathF.Round(value);
                    using Padded weights = Weights(200);
                    const int Rows = 250;
                    (int Column, float Value)[][] before = Codes.ToRows(codes);
                    var entries = before.Take(Rows).SelectMany((row, r) => row.Select(e => (Row: r, e.Column, e.Value, Key: weighted ? e.Value * weights.View[0, e.Column] : e.Value))).ToArray();
                    var kept = entries.OrderByDescending(e => e.Key).ThenBy(e => e.Row).ThenBy(e => e.Column).Take(keep).ToArray();
                    float smallest = device.Prune(codes, weighted ? weights : default(MatrixView), Rows, keep);
                    Assert.Equal(kept.Length == 0 ? float.PositiveInfinity : kept.Min(e => e.Key), smallest);
                    (int Column, float Value)[][] after = Codes.ToRows(codes);
                    for (int row = 0; row < Rows; row++)
                        Assert.Equal(kept.Where(e => e.Row == row).OrderBy(e => e.Column).Select(e => (e.Column, e.Value)), after[row]);
                    Assert.Equal(Math.Min(keep, entries.Length), codes.EntryCount);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Keeping_the_top_k_zeroes_the_rest_in_place(SimdLevel level)
    {
        CpuDevice device = Levels.Device(level);
        foreach ((int rows, int columns, int largest) in s_sizes)
        {
            foreach (Fill fill in Enum.GetValues<Fill>())
            {
                foreach (int k in new[] { 0, largest, largest + 1 })
                {
                    using Padded scores = Scores(rows, columns, fill);
                    double[,] expected = scores.ToDoubles();
                    for (int row = 0; row < rows && k < columns; row++)
                    {
                        var kept = Enumerable.Range(0, columns).Where(c => !double.IsNaN(expected[row, c])).OrderByDescending(c => expected[row, c]).Take(k).ToHashSet();
                        for (int c = 0; c < columns; c++) if (!kept.Contains(c)) expected[row, c] = 0;
                    }

                    device.KeepTopK(scores, k);
                    scores.AssertGapsUntouched();
                    Assert.Equal(expected.Cast<double>().Select(v => (float)v), scores.ToArray());
                }
            }
        }
    }

    /// <summary>Kinds of rows that selection must get right.</summary>
    public enum Fill
    {
        Normal,
        AllNegative,
        Ascending,
        Descending,
        Constant,
        FewLevels,
        SomeNaN,
        SomeInfinite,
    }

    private static Padded Scores(int rows, int columns, Fill fill)
    {
        Padded scores = Padded.Random(rows, columns, 17);
        for (int row = 0; row < rows; row++)
        {
            Span<float> values = scores.View.Row(row);
            for (int c = 0; c < columns; c++)
            {
                values[c] = fill switch
                {
                    Fill.AllNegative => -MathF.Abs(values[c]) - 1f,
                    Fill.Ascending => c + 1,
                    Fill.Descending => columns - c,
                    Fill.Constant => 0.5f,
                    Fill.FewLevels => MathF.Round(values[c]),
                    Fill.SomeNaN => (c + row) % 3 == 0 ? float.NaN : values[c],
                    Fill.SomeInfinite => c % 5 == 0 ? float.NegativeInfinity : c % 7 == 0 ? float.PositiveInfinity : values[c],
                    _ => values[c],
                };
            }
        }

        return scores;
    }

    private static Padded Weights(int columns)
    {
        Padded weights = Padded.Random(1, columns, 6);
        foreach (ref float w in weights.View.Row(0)) w = MathF.Abs(w) + 0.1f;
        return weights;
    }

    private static IEnumerable<(int Column, float Value, float Key)> Entries(Padded scores, Padded bias, Padded weights, bool extras, int row) =>
        Enumerable.Range(0, scores.View.Columns).Select(c =>
        {
            float value = extras ? scores.View[row, c] + bias.View[0, c] : scores.View[row, c];
            return (c, value, extras ? value * weights.View[0, c] : value);
        });
}
