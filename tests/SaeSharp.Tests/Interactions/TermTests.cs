using System.Text.Json;
using SaeSharp.Dictionaries;
using SaeSharp.Evaluation;
using SaeSharp.Interactions;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Interactions;

public sealed class TermTests : IDisposable
{
    private readonly CpuDevice _device = new(2);
    private readonly SafetensorsFile _model = GoldMetrics.Tensors("reconstruction");
    private readonly SparseDictionary _dictionary;
    private readonly PolynomialInteractions _interactions;

    public TermTests()
    {
        _dictionary = GoldMetrics.Dictionary(_model, "model.", _device);
        _interactions = new PolynomialInteractions(_dictionary);
    }

    public void Dispose()
    {
        _interactions.Dispose();
        _dictionary.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    /// <summary>Against brute force over single terms, float32 sums: 1e-4 of the total, the gold's tolerance for float32.</summary>
    [Fact]
    public void Shares_of_terms_are_brute_force_and_sum_to_one()
    {
        using TermShares shares = new(_interactions);
        double total = 0;
        double[] energies = new double[6], overlaps = new double[6];
        foreach (CsrMatrix codes in Batches())
        {
            shares.Add(codes);
            for (int row = 0; row < codes.Rows; row++)
            {
                double[][] terms = BruteForce(codes, row);
                double[] y = [.. Enumerable.Range(0, 16).Select(d => terms.Sum(term => term[d]))];
                total += y.Sum(v => v * v);
                for (int t = 0; t < 6; t++)
                {
                    energies[t] += terms[t].Sum(v => v * v);
                    overlaps[t] += terms[t].Zip(y, (a, b) => a * b).Sum();
                }
            }

            codes.Dispose();
        }

        IReadOnlyList<MetricValue> values = shares.Values();
        for (int t = 0; t < 6; t++)
        {
            Assert.Equal(overlaps[t] / total, values[t].Value, 1e-4);
            Assert.Equal(energies[t] / total, values[6 + t].Value, 1e-4 * Math.Max(energies[t] / total, 0.01));
        }

        Assert.Equal(1, values.Take(6).Sum(value => value.Value), 1e-5);
        JsonElement gold = GoldMetrics.Manifest("interactions").GetProperty("y_shares");
        Assert.Equal(gold.GetProperty("|y1|^2").GetDouble(), values[6].Value * shares.TotalEnergy, 1e-4 * shares.TotalEnergy);
        Assert.Equal(240, shares.Tokens);
    }

    [Fact]
    public void A_pair_is_followed_through_the_stream()
    {
        InteractionPair pair = new(3, 5, 0);
        List<(long Token, double Product)> acting = [];
        double total = 0, energy = 0, overlap = 0;
        float[] contribution = new float[16];
        long token = 0;
        using PairActivityTally tally = new(_interactions, [pair, new InteractionPair(0, 47, 0)], 3);
        foreach (CsrMatrix codes in Batches())
        {
            tally.Add(codes);
            using Matrix y = _device.Allocate(codes.Rows, 16);
            _dictionary.Decode(codes, y);
            for (int row = 0; row < codes.Rows; row++, token++)
            {
                double[] centred = [.. y.Row(row).ToArray().Select((v, d) => (double)v - _dictionary["b_dec"].Value[0, d])];
                total += centred.Sum(v => v * v);
                double zi = Value(codes, row, 3), zj = Value(codes, row, 5);
                if (zi * zj == 0) continue;
                _interactions.PairContribution(3, 5, zi, zj, contribution);
                energy += contribution.Sum(v => (double)v * v);
                overlap += contribution.Select((v, d) => v * centred[d]).Sum();
                acting.Add((token, zi * zj));
            }

            codes.Dispose();
        }

        PairActivity activity = tally.Activities()[0];
        Assert.NotEmpty(acting);
        Assert.Equal(acting.Count, activity.Tokens);
        Assert.Equal(acting.Average(a => a.Product), activity.MeanProduct, 1e-6);
        Assert.Equal(energy / total, activity.Energy, 1e-5 * energy / total);
        Assert.Equal(overlap / total, activity.Share, 1e-4 * Math.Abs(overlap / total));
        Assert.Equal(acting.OrderByDescending(a => a.Product).Take(3).Select(a => a.Token), activity.TopTokens.Select(t => t.Token));
        Assert.Equal(_interactions.PairStrength(3, 5), activity.Pair.Strength);
    }

    private static double Value(CsrMatrix codes, int row, int latent)
    {
        for (int e = codes.RowPointerSpan[row]; e < codes.RowPointerSpan[row + 1]; e++)
            if (codes.ColumnIndexSpan[e] == latent) return codes.ValueSpan[e];
        return 0;
    }

    /// <summary>linear, pair, pair_self, triple, triple_mixed, triple_self of one token.</summary>
    private double[][] BruteForce(CsrMatrix codes, int row)
    {
        double[][] terms = [.. Enumerable.Range(0, 6).Select(_ => new double[16])];
        int start = codes.RowPointerSpan[row], end = codes.RowPointerSpan[row + 1];
        float[] direction = new float[16];
        using Matrix alpha = _device.Allocate(48, 16);
        _dictionary.Directions(alpha);
        for (int a = start; a < end; a++)
        {
            (int i, double zi) = (codes.ColumnIndexSpan[a], codes.ValueSpan[a]);
            Add(terms[0], zi, alpha.Row(i));
            for (int b = start; b < end; b++)
            {
                (int j, double zj) = (codes.ColumnIndexSpan[b], codes.ValueSpan[b]);
                _interactions.PairDirection(i, j, direction);
                Add(terms[i == j ? 2 : 1], _interactions.Lambda2 * zi * zj, direction);
                for (int c = start; c < end; c++)
                {
                    (int k, double zk) = (codes.ColumnIndexSpan[c], codes.ValueSpan[c]);
                    _interactions.TripleDirection(i, j, k, direction);
                    int distinct = new HashSet<int> { i, j, k }.Count;
                    Add(terms[6 - distinct], _interactions.Lambda3 * zi * zj * zk, direction);
                }
            }
        }

        return terms;
    }

    private static void Add(double[] sum, double scale, ReadOnlySpan<float> vector)
    {
        for (int d = 0; d < sum.Length; d++) sum[d] += scale * vector[d];
    }

    private IEnumerable<CsrMatrix> Batches()
    {
        double[] dense = _model.ReadFloat64("f64.codes");
        for (int batch = 0; batch < 5; batch++) yield return GoldMetrics.Codes(dense.AsSpan(batch * 48 * 48, 48 * 48), 48, 48, _device);
    }
}
