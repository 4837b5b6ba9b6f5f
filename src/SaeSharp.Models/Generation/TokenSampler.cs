using SaeSharp.Numerics;

namespace SaeSharp.Models.Generation;

/// <summary>Draws a token from a row of logits: temperature, then top-k, then top-p. Not thread-safe: it keeps its buffers.</summary>
internal sealed class TokenSampler(int vocabulary)
{
    private readonly int[] _candidates = new int[vocabulary];
    private readonly float[] _logits = new float[vocabulary];
    private readonly double[] _weights = new double[vocabulary];

    /// <summary>Draws one token; uses one double of the stream.</summary>
    /// <exception cref="ArithmeticException">The logits are not finite.</exception>
    public int Sample(ReadOnlySpan<float> logits, GenerationOptions options, PhiloxStream random)
    {
        int count = TopK(logits, options.TopK);
        float largest = float.NegativeInfinity;
        for (int i = 0; i < count; i++) largest = Math.Max(largest, logits[_candidates[i]]);
        if (!float.IsFinite(largest)) throw new ArithmeticException("The logits are not finite numbers; an edit may be too strong.");

        // Ascending by negative logit: the most likely first; of equal ones the lowest id, because candidates stand in order of id.
        if (options.TopP < 1)
        {
            for (int i = 0; i < count; i++) _logits[i] = -logits[_candidates[i]];
            SortStably(count);
        }

        double total = 0;
        for (int i = 0; i < count; i++) total += _weights[i] = Math.Exp((logits[_candidates[i]] - (double)largest) / options.Temperature);
        if (options.TopP < 1) (count, total) = TopP(count, options.TopP * total);

        double threshold = random.NextDouble() * total, sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += _weights[i];
            if (sum > threshold) return _candidates[i];
        }

        return _candidates[count - 1];
    }

    /// <summary>Collects the candidates in order of id: all, or the k largest, of equal ones at the edge the first.</summary>
    private int TopK(ReadOnlySpan<float> logits, int k)
    {
        if (k == 0 || k >= logits.Length)
        {
            for (int id = 0; id < logits.Length; id++) _candidates[id] = id;
            return logits.Length;
        }

        logits.CopyTo(_logits);
        Array.Sort(_logits);
        float edge = _logits[^k];
        int above = 0;
        foreach (float logit in logits) above += logit > edge ? 1 : 0;
        int atEdge = k - above, count = 0;
        for (int id = 0; id < logits.Length && count < k; id++)
        {
            if (logits[id] > edge || (logits[id] == edge && atEdge-- > 0)) _candidates[count++] = id;
        }

        return Math.Max(count, 1);
    }

    private (int Count, double Total) TopP(int count, double wanted)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += _weights[i];
            if (sum >= wanted) return (i + 1, sum);
        }

        return (count, sum);
    }

    private void SortStably(int count)
    {
        _logits.AsSpan(0, count).Sort(_candidates.AsSpan(0, count));
        for (int start = 0; start < count;)
        {
            int end = start + 1;
            while (end < count && _logits[end] == _logits[start]) end++;
            _candidates.AsSpan(start, end - start).Sort();
            start = end;
        }
    }
}
