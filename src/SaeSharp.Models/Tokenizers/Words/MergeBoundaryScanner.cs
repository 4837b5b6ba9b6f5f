using System.Numerics;

namespace SaeSharp.Models.Tokenizers.Words;

/// <summary>Cuts text where no merge can reach across: between two characters that no merge ever brings together.</summary>
/// <remarks>
/// A tokenizer without pre-tokenisation merges over the whole text. Every merge across a place joins a token that ends in the
/// character before it to one that begins with the character behind it; if the vocabulary has no such merge, both sides are
/// encoded on their own with the same result, and short words can be remembered. Works on UTF-16 units and never cuts beside
/// a surrogate: it may be half of a pair, or none and then count as U+FFFD.
/// </remarks>
internal sealed class MergeBoundaryScanner : StepScanner
{
    private const int Columns = 256;
    private const char Underline = '\u2581'; // stands for the space in these vocabularies, so it belongs into the small table
    private const char UnderlineColumn = '\u007F';

    private readonly bool[] _common = new bool[Columns * Columns];
    private readonly uint[] _rare;
    private readonly int _shift;

    /// <param name="merges">Pairs of tokens that merge, as text.</param>
    public MergeBoundaryScanner(IEnumerable<(string Left, string Right)> merges)
    {
        HashSet<uint> rare = [];
        foreach ((string left, string right) in merges)
        {
            char before = left[^1], behind = right[0];
            if (IsCommon(ref before) && IsCommon(ref behind)) _common[before * Columns + behind] = true;
            else rare.Add(Pair(left[^1], right[0]));
        }

        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, rare.Count * 2));
        _shift = 32 - BitOperations.Log2((uint)slots);
        _rare = new uint[slots];
        foreach (uint pair in rare) _rare[Slot(pair)] = pair;
    }

    /// <inheritdoc/>
    public override int EndOfWord(ReadOnlySpan<char> text, int start)
    {
        int end = start + 1;
        while (end < text.Length && MayMerge(text[end - 1], text[end])) end++;
        return end;
    }

    private static uint Pair(char before, char behind) => ((uint)before << 16) | behind;

    /// <summary>Whether a character has a column in the small table, and which.</summary>
    private static bool IsCommon(ref char c)
    {
        if (c == Underline) c = UnderlineColumn;
        else if (c is UnderlineColumn or >= (char)Columns) return false;
        return true;
    }

    private bool MayMerge(char before, char behind)
    {
        uint pair = Pair(before, behind); // before the two become columns
        if (IsCommon(ref before) && IsCommon(ref behind)) return _common[before * Columns + behind];
        return _rare[Slot(pair)] == pair || char.IsSurrogate((char)(pair >> 16)) || char.IsSurrogate((char)pair);
    }

    /// <summary>Where a pair is, or the free slot where it would be; no pair is 0, for that one is common.</summary>
    private int Slot(uint pair)
    {
        const uint Multiplier = 0x9E3779B1;
        int slot = (int)((pair * Multiplier) >> _shift);
        while (_rare[slot] != pair && _rare[slot] != 0) slot = (slot + 1) & (_rare.Length - 1);
        return slot;
    }
}
