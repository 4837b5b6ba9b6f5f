namespace SaeSharp.Models.Tokenizers.RwkvWorld;

/// <summary>Finds the longest token at the beginning of some bytes: a trie whose nodes are numbered so that siblings lie side by side.</summary>
internal sealed class ByteTrie
{
    /// <summary>No token.</summary>
    public const int None = -1;

    private readonly byte[] _byte; // by which a node is reached
    private readonly int[] _token;
    private readonly int[] _firstChild; // children end where the next node's begin

    /// <param name="tokens">Bytes, not empty, and ids; no bytes twice.</param>
    public ByteTrie(IEnumerable<(byte[] Bytes, int Id)> tokens)
    {
        (byte[] Bytes, int Id)[] sorted = [.. tokens];
        Array.Sort(sorted, (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));

        // Node by node in the order of their numbers; each is a range of the sorted tokens that share their first bytes.
        List<(int From, int To, int Depth)> ranges = [(0, sorted.Length, 0)];
        List<byte> bytes = [0];
        List<int> ids = [];
        List<int> firstChildren = [];
        for (int node = 0; node < ranges.Count; node++)
        {
            (int from, int to, int depth) = ranges[node];
            bool ends = from < to && sorted[from].Bytes.Length == depth;
            ids.Add(ends ? sorted[from++].Id : None);
            firstChildren.Add(ranges.Count);
            while (from < to)
            {
                byte value = sorted[from].Bytes[depth];
                int end = from + 1;
                while (end < to && sorted[end].Bytes[depth] == value) end++;
                ranges.Add((from, end, depth + 1));
                bytes.Add(value);
                from = end;
            }
        }

        firstChildren.Add(ranges.Count);
        _byte = [.. bytes];
        _token = [.. ids];
        _firstChild = [.. firstChildren];
    }

    /// <summary>The longest token that <paramref name="bytes"/> begin with, and its length.</summary>
    public int Longest(ReadOnlySpan<byte> bytes, out int length)
    {
        int best = None;
        length = 0;
        int node = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            int first = _firstChild[node];
            int found = _byte.AsSpan(first, _firstChild[node + 1] - first).IndexOf(bytes[i]);
            if (found < 0) break;
            node = first + found;
            if (_token[node] == None) continue;
            best = _token[node];
            length = i + 1;
        }

        return best;
    }
}
