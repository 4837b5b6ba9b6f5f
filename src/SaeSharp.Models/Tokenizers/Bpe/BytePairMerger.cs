namespace SaeSharp.Models.Tokenizers.Bpe;

/// <summary>Merges the tokens of one word, the pair of lowest rank first, of equal ones the leftmost. Not thread-safe: it keeps its buffers.</summary>
internal sealed class BytePairMerger(MergeTable merges)
{
    /// <summary>Up to here looking through all pairs is faster than a heap; beyond, a heap keeps hostile words from costing n².</summary>
    private const int LongestScan = 96;

    private readonly PriorityQueue<(int Position, int Left, int Right), ulong> _queue = new();
    private int[] _ranks = new int[LongestScan];
    private int[] _merged = new int[LongestScan];
    private int[] _previous = [];
    private int[] _next = [];

    /// <summary>Merges in place.</summary>
    /// <param name="tokens">The word's tokens, one a byte to begin with.</param>
    /// <returns>How many tokens are left, at the front of <paramref name="tokens"/>.</returns>
    public int Merge(Span<int> tokens) => tokens.Length <= LongestScan ? MergeShort(tokens) : MergeLong(tokens);

    internal int MergeShort(Span<int> tokens)
    {
        int count = tokens.Length;
        if (_ranks.Length < count)
        {
            _ranks = new int[count];
            _merged = new int[count];
        }

        Span<int> ranks = _ranks;
        for (int i = 0; i + 1 < count; i++) ranks[i] = merges.Rank(tokens[i], tokens[i + 1], out _merged[i]);
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < count; i++)
            {
                if (ranks[i] < ranks[best]) best = i;
            }

            if (ranks[best] == MergeTable.NoMerge) break;
            tokens[best] = _merged[best];
            count--;
            for (int i = best + 1; i < count; i++)
            {
                tokens[i] = tokens[i + 1];
                ranks[i] = ranks[i + 1];
                _merged[i] = _merged[i + 1];
            }

            if (best > 0) ranks[best - 1] = merges.Rank(tokens[best - 1], tokens[best], out _merged[best - 1]);
            if (best + 1 < count) ranks[best] = merges.Rank(tokens[best], tokens[best + 1], out _merged[best]);
        }

        return count;
    }

    internal int MergeLong(Span<int> tokens)
    {
        const int None = -1;
        int count = tokens.Length;
        if (_next.Length < count)
        {
            _next = new int[count];
            _previous = new int[count];
        }

        _queue.Clear();
        for (int i = 0; i < count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1 < count ? i + 1 : None;
            if (i + 1 < count) Enqueue(i, tokens[i], tokens[i + 1]);
        }

        while (_queue.TryDequeue(out (int Position, int Left, int Right) pair, out _))
        {
            int next = _next[pair.Position];
            bool stale = next == None || tokens[pair.Position] != pair.Left || tokens[next] != pair.Right;
            if (stale) continue;
            merges.Rank(pair.Left, pair.Right, out tokens[pair.Position]);
            tokens[next] = None;
            _next[pair.Position] = _next[next];
            if (_next[next] != None) _previous[_next[next]] = pair.Position;

            int previous = _previous[pair.Position];
            if (previous != None) Enqueue(previous, tokens[previous], tokens[pair.Position]);
            if (_next[pair.Position] != None) Enqueue(pair.Position, tokens[pair.Position], tokens[_next[pair.Position]]);
        }

        int kept = 0;
        for (int i = 0; i != None; i = _next[i]) tokens[kept++] = tokens[i];
        return kept;
    }

    private void Enqueue(int position, int left, int right)
    {
        int rank = merges.Rank(left, right, out _);
        if (rank != MergeTable.NoMerge) _queue.Enqueue((position, left, right), ((ulong)(uint)rank << 32) | (uint)position);
    }
}
