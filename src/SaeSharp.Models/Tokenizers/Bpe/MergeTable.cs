using System.Numerics;

namespace SaeSharp.Models.Tokenizers.Bpe;

/// <summary>Which pairs of tokens merge, how early, and into what: an open-addressing hash table that is only read once built.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that does not merge.</summary>
    public const int NoMerge = int.MaxValue;

    private const ulong Empty = ulong.MaxValue;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private readonly ulong[] _pairs;
    private readonly (int Rank, int Merged)[] _merges;
    private readonly int _shift;

    public MergeTable(IReadOnlyCollection<(int Left, int Right, int Merged)> merges)
    {
        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, merges.Count * 2));
        _shift = 64 - BitOperations.Log2((uint)slots);
        _pairs = new ulong[slots];
        _merges = new (int, int)[slots];
        Array.Fill(_pairs, Empty);
        int rank = 0;
        foreach ((int left, int right, int merged) in merges)
        {
            int slot = Slot(Pair(left, right));
            _pairs[slot] = Pair(left, right);
            _merges[slot] = (rank++, merged); // a pair listed twice keeps its last rank, as in the reference implementation
        }
    }

    /// <summary>The rank of a pair, lower merges earlier, and the token that it becomes.</summary>
    public int Rank(int left, int right, out int merged)
    {
        int slot = Slot(Pair(left, right));
        (int rank, merged) = _merges[slot];
        return _pairs[slot] == Empty ? NoMerge : rank;
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong pair)
    {
        int slot = (int)((pair * Multiplier) >> _shift);
        while (_pairs[slot] != pair && _pairs[slot] != Empty) slot = (slot + 1) & (_pairs.Length - 1);
        return slot;
    }
}
