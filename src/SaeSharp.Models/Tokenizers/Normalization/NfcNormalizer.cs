using System.Runtime.InteropServices;
using System.Text;

namespace SaeSharp.Models.Tokenizers.Normalization;

/// <summary>Unicode normalisation form C: decompose, order the marks, compose (Unicode Standard Annex 15).</summary>
internal sealed class NfcNormalizer : ITextNormalizer
{
    /// <summary>Nothing below it changes or combines.</summary>
    private const char FirstCombining = '\u0300';

    /// <inheritdoc/>
    public bool IsNormalized(ReadOnlySpan<char> text)
    {
        int first = text.IndexOfAnyExceptInRange('\0', (char)(FirstCombining - 1));
        if (first < 0) return true;
        NfcData data = NfcData.Instance;
        foreach (Rune rune in text[first..].EnumerateRunes())
        {
            if (data.MayChange(rune.Value)) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public string Normalize(ReadOnlySpan<char> text)
    {
        List<int> codes = new(text.Length);
        Decompose(text, codes);
        Span<int> all = CollectionsMarshal.AsSpan(codes);
        OrderMarks(all);
        StringBuilder result = new(text.Length);
        foreach (int code in all[..Compose(all)]) result.Append(new Rune(code).ToString());
        return result.ToString();
    }

    private static void Decompose(ReadOnlySpan<char> text, List<int> codes)
    {
        NfcData data = NfcData.Instance;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Hangul.IsSyllable(rune.Value))
            {
                Hangul.Decompose(rune.Value, codes);
                continue;
            }

            ReadOnlySpan<int> parts = data.Decomposition(rune.Value);
            if (parts.IsEmpty) codes.Add(rune.Value);
            else codes.AddRange(parts);
        }
    }

    /// <summary>Sorts each run of marks by combining class, keeping the order of equal ones.</summary>
    private static void OrderMarks(Span<int> codes)
    {
        NfcData data = NfcData.Instance;
        for (int start = 0; start < codes.Length; start++)
        {
            int end = start;
            while (end < codes.Length && data.CombiningClass(codes[end]) != 0) end++;
            if (end - start > 1)
            {
                // Class, place and character in one number, so that an unstable sort is stable.
                ulong[] keys = new ulong[end - start];
                for (int i = 0; i < keys.Length; i++)
                {
                    keys[i] = ((ulong)data.CombiningClass(codes[start + i]) << 56) | ((ulong)i << 21) | (uint)codes[start + i];
                }

                Array.Sort(keys);
                for (int i = 0; i < keys.Length; i++) codes[start + i] = (int)(keys[i] & 0x1FFFFF);
            }

            start = end;
        }
    }

    /// <summary>Joins starters with what follows them, in place.</summary>
    private static int Compose(Span<int> codes)
    {
        NfcData data = NfcData.Instance;
        int used = 0;
        int starter = -1;
        int lastClass = 0;
        foreach (int code in codes)
        {
            int combining = data.CombiningClass(code);

            // Something of the same or a higher class between the starter and this one blocks it.
            bool adjacent = starter == used - 1;
            bool reachable = starter >= 0 && (adjacent || (lastClass != 0 && lastClass < combining));
            if (reachable && data.TryCompose(codes[starter], code, out int composed))
            {
                codes[starter] = composed;
                continue;
            }

            if (combining == 0) starter = used;
            lastClass = combining;
            codes[used++] = code;
        }

        return used;
    }
}
