using System.Runtime.InteropServices;

namespace SaeSharp.Models.Tokenizers.Bpe;

/// <summary>Remembers the tokens of words that were seen: most words of a text are. Bounded; starts afresh when full. Not thread-safe.</summary>
internal sealed class WordCache
{
    /// <summary>Longer words are too rare to be worth their room.</summary>
    public const int LongestWord = 48;

    private const int SlotBits = 17;
    private const int MostEntries = 1 << 16;
    private const int MostProbes = 16;
    private const int CharacterRoom = 1 << 20;
    private const int TokenRoom = 1 << 18;

    private readonly Entry[] _slots = new Entry[1 << SlotBits];
    private readonly char[] _characters = new char[CharacterRoom];
    private readonly int[] _tokens = new int[TokenRoom];
    private int _entries;
    private int _charactersUsed;
    private int _tokensUsed;

    /// <summary>The tokens of a word; false if it was not seen.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out ReadOnlySpan<int> tokens)
    {
        ref Entry entry = ref Find(word, Hash(word), out bool found);
        tokens = found ? _tokens.AsSpan(entry.TokenStart, entry.TokenCount) : default;
        return found;
    }

    /// <summary>Remembers a word that is not there; it may also not, if its place is crowded.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> tokens)
    {
        if (_entries >= MostEntries || _charactersUsed + word.Length > CharacterRoom || _tokensUsed + tokens.Length > TokenRoom) Clear();
        uint hash = Hash(word);
        ref Entry entry = ref Find(word, hash, out bool found);
        if (found || entry.Length != 0) return;
        entry = new Entry(hash, _charactersUsed, (ushort)word.Length, _tokensUsed, (ushort)tokens.Length);
        word.CopyTo(_characters.AsSpan(_charactersUsed));
        tokens.CopyTo(_tokens.AsSpan(_tokensUsed));
        _charactersUsed += word.Length;
        _tokensUsed += tokens.Length;
        _entries++;
    }

    private static uint Hash(ReadOnlySpan<char> word)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)word.Length * Multiplier;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(word);
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = (hash ^ MemoryMarshal.Read<ulong>(bytes)) * Multiplier ^ (hash >> 29);
        for (; bytes.Length >= 2; bytes = bytes[2..]) hash = (hash ^ MemoryMarshal.Read<ushort>(bytes)) * Multiplier ^ (hash >> 31);
        return (uint)((hash * Multiplier) >> 32);
    }

    /// <summary>The word's slot, else the first free one, else (crowded) some taken one.</summary>
    private ref Entry Find(ReadOnlySpan<char> word, uint hash, out bool found)
    {
        int slot = (int)(hash >> (32 - SlotBits));
        found = false;
        for (int probe = 0; probe < MostProbes; probe++)
        {
            ref Entry entry = ref _slots[slot];
            if (entry.Length == 0) return ref entry;
            if (entry.Hash == hash && word.SequenceEqual(_characters.AsSpan(entry.Start, entry.Length)))
            {
                found = true;
                return ref entry;
            }

            slot = (slot + 1) & (_slots.Length - 1);
        }

        return ref _slots[slot];
    }

    private void Clear()
    {
        Array.Clear(_slots);
        _entries = _charactersUsed = _tokensUsed = 0;
    }

    /// <summary>A slot; free while its length is 0.</summary>
    private record struct Entry(uint Hash, int Start, ushort Length, int TokenStart, ushort TokenCount);
}
