using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>Follows some pairs through a stream of codes: how often they act, where most, and what share of the reconstruction they carry.</summary>
/// <remarks>Memory: D floats and the kept tokens a pair, and one batch of reconstructions.</remarks>
public sealed class PairActivityTally : IDisposable
{
    private readonly PolynomialInteractions _interactions;
    private readonly Device _device;
    private readonly Follower[] _followers;
    private readonly Matrix _directions;
    private readonly CsrTranspose _transpose = new();
    private Matrix? _reconstructions;
    private long _tokens;
    private double _total;

    /// <summary>Begins to follow pairs.</summary>
    /// <param name="interactions">The decoder.</param>
    /// <param name="pairs">Which pairs; their latents differ.</param>
    /// <param name="topTokens">How many of the tokens with the largest z_i z_j to keep for each.</param>
    public PairActivityTally(PolynomialInteractions interactions, IReadOnlyList<InteractionPair> pairs, int topTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(topTokens);
        if (pairs.Any(pair => pair.First == pair.Second)) throw new ArgumentException("The latents of a pair must differ.", nameof(pairs));
        _interactions = interactions;
        _device = interactions.Device;
        _followers = [.. pairs.Select(pair => new Follower(pair, topTokens))];
        _directions = _device.Allocate(pairs.Count, interactions.Width);
        for (int p = 0; p < pairs.Count; p++) interactions.PairDirection(pairs[p].First, pairs[p].Second, _directions.Row(p));
    }

    /// <summary>Takes a batch in.</summary>
    /// <param name="codes">[B, F]; tokens follow those of the batch before.</param>
    public void Add(CsrMatrix codes)
    {
        if (_reconstructions is null || _reconstructions.Rows < codes.Rows)
        {
            _reconstructions?.Dispose();
            _reconstructions = _device.Allocate(codes.Rows, _interactions.Width);
        }

        MatrixView y = _reconstructions.RowRange(0, codes.Rows);
        _interactions.Dictionary.Decode(codes, y);
        _device.AddRowVector(y, -1f, _interactions.Dictionary.DecoderBias.Value, y);
        _total += _device.SumOfSquares(y);
        _device.Transpose(codes, _transpose);
        // Pairs share nothing but what they read, so threads do not change the outcome.
        Parallel.For(0, _followers.Length, new ParallelOptions { MaxDegreeOfParallelism = _device.Threads }, p => _followers[p].Follow(codes, _transpose, _directions.Row(p), y, _tokens));
        _tokens += codes.Rows;
    }

    /// <summary>What was found over everything added so far, in the order of the pairs.</summary>
    public IReadOnlyList<PairActivity> Activities() => [.. _followers.Select(Describe)];

    /// <inheritdoc/>
    public void Dispose()
    {
        _directions.Dispose();
        _transpose.Dispose();
        _reconstructions?.Dispose();
    }

    private PairActivity Describe(Follower follower)
    {
        (int first, int second, _) = follower.Pair;
        double strength = _interactions.PairStrength(first, second);
        double scale = 2 * _interactions.Lambda2;
        double energy = scale * scale * strength * strength * follower.SquaredProducts / _total;
        return new PairActivity(
            new InteractionPair(first, second, strength), follower.Tokens, follower.Tokens == 0 ? 0 : follower.Products / follower.Tokens,
            energy, scale * follower.Overlap / _total, follower.Top.ToArray());
    }

    private sealed unsafe class Follower(InteractionPair pair, int topTokens)
    {
        public InteractionPair Pair { get; } = pair;

        public StrongestList<PairToken> Top { get; } = new(topTokens, Compare);

        public long Tokens { get; private set; }

        public double Products { get; private set; }

        public double SquaredProducts { get; private set; }

        public double Overlap { get; private set; }

        /// <summary>Walks the tokens of both latents side by side.</summary>
        public void Follow(CsrMatrix codes, CsrTranspose transpose, ReadOnlySpan<float> direction, MatrixView reconstructions, long firstToken)
        {
            int i = transpose.ColumnPointers[Pair.First], j = transpose.ColumnPointers[Pair.Second];
            int endI = transpose.ColumnPointers[Pair.First + 1], endJ = transpose.ColumnPointers[Pair.Second + 1];
            while (i < endI && j < endJ)
            {
                int rowI = transpose.RowIndices[i], rowJ = transpose.RowIndices[j];
                if (rowI == rowJ) Act(codes.Values[transpose.EntryIndices[i]], codes.Values[transpose.EntryIndices[j]], direction, reconstructions.Row(rowI), firstToken + rowI);
                if (rowI <= rowJ) i++;
                if (rowJ <= rowI) j++;
            }
        }

        private static int Compare(PairToken a, PairToken b)
        {
            int order = b.Product.CompareTo(a.Product);
            return order != 0 ? order : a.Token.CompareTo(b.Token);
        }

        private void Act(float zi, float zj, ReadOnlySpan<float> direction, ReadOnlySpan<float> reconstruction, long token)
        {
            if (!(zi > 0 && zj > 0)) return;
            double product = (double)zi * zj, dot = 0;
            for (int d = 0; d < direction.Length; d++) dot += (double)direction[d] * reconstruction[d];
            Tokens++;
            Products += product;
            SquaredProducts += product * product;
            Overlap += product * dot;
            Top.Offer(new PairToken(token, zi, zj));
        }
    }
}
