using SaeSharp.Interactions.Statistics;
using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>Goes through the pairs that qualify: correlations over all of them, and a sample.</summary>
internal sealed class PairCollector : IStrengthSink
{
    private const ulong SampleStream = 0x70616972UL << 32;
    private readonly CoOccurrence _counts;
    private readonly int _least;
    private readonly bool _strengths;
    private readonly PhiloxStream _random;
    private readonly int _sampleSize;
    private readonly PairSample _sample;
    private long _remaining;
    private int _taken;
    private CorrelationSums _strengthCount, _strengthLogCount, _covarianceCount, _weightedCount;

    public PairCollector(CoOccurrence counts, PairAssociationOptions options, bool strengths)
    {
        _counts = counts;
        _least = options.LeastCount;
        _strengths = strengths;
        _random = new PhiloxStream(options.Seed, SampleStream);
        Pairs = _remaining = counts.PairsWith(_least);
        _sampleSize = (int)Math.Min(options.SampleSize, Pairs);
        int products = counts.HasProducts ? _sampleSize : 0;
        _sample = new PairSample(
            new int[_sampleSize], new int[_sampleSize], new double[strengths ? _sampleSize : 0], new double[_sampleSize], new double[products], new double[products]);
    }

    public long Pairs { get; }

    public double StrengthAndCount => _strengthCount.Value;

    public double StrengthAndLogCount => _strengthLogCount.Value;

    public double CovarianceAndCount => _covarianceCount.Value;

    public double WeightedAndCount => _weightedCount.Value;

    public PairSample Sample() => _sample;

    public void Add(in StrengthBlock block)
    {
        for (int row = 0; row < block.Rows; row++)
        {
            int first = block.FirstRow + row;
            for (int latent = Math.Max(0, first + 1 - block.FirstLatent); latent < block.Latents; latent++)
                Add(first, block.FirstLatent + latent, block.Values[(latent * block.Rows) + row]);
        }
    }

    public void AddAllWithoutStrengths(CancellationToken cancel)
    {
        for (int first = 0; first < _counts.Latents; first++)
        {
            cancel.ThrowIfCancellationRequested();
            for (int second = first + 1; second < _counts.Latents; second++) Add(first, second, 0);
        }
    }

    private void Add(int first, int second, double strength)
    {
        long count = _counts.Count(first, second);
        if (count < _least) return;
        if (_strengths)
        {
            _strengthCount.Add(strength, count);
            _strengthLogCount.Add(strength, Math.Log(count));
        }

        double covariance = 0, product = 0;
        if (_counts.HasProducts)
        {
            product = _counts.MeanProduct(first, second);
            covariance = _counts.Covariance(first, second);
            _covarianceCount.Add(covariance, count);
            if (_strengths) _weightedCount.Add(product * strength, count);
        }

        // Selection sampling: every set of so many pairs is equally likely.
        bool take = _sampleSize == Pairs || _random.NextDouble() * _remaining < _sampleSize - _taken;
        _remaining--;
        if (!take) return;
        (_sample.First[_taken], _sample.Second[_taken], _sample.Count[_taken]) = (first, second, count);
        if (_strengths) _sample.Strength[_taken] = strength;
        if (_counts.HasProducts) (_sample.Covariance[_taken], _sample.MeanProduct[_taken]) = (covariance, product);
        _taken++;
    }
}
