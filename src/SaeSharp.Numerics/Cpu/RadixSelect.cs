using System.Runtime.CompilerServices;
using SaeSharp.Numerics.Cpu.Kernels;
using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu;

/// <summary>Order statistics by counting the leading bits of order-preserving keys, eleven at a time.</summary>
internal static unsafe class RadixSelect
{
    private const int Bins = 1 << 11;
    private const int ValuesPerChunk = 64 * 1024;

    /// <summary>Room behind each chunk's candidates that listing may overwrite.</summary>
    private const int Gap = 16;

    /// <summary>The bits of a float as an unsigned number in the order of the floats; NaN below everything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Key(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint key = bits ^ ((uint)((int)bits >> 31) | 0x8000_0000);
        return float.IsNaN(value) ? 0 : key;
    }

    /// <summary>The float of a key.</summary>
    public static float Value(uint key) =>
        key == 0 ? float.NaN : BitConverter.UInt32BitsToSingle((key & 0x8000_0000) != 0 ? key & 0x7FFF_FFFF : ~key);

    /// <summary>The k-th largest value, k from 1; NaN only if there are fewer than k numbers.</summary>
    public static float KthLargest(float* values, int count, int k, RowKernels kernels, WorkSplitter splitter, BufferPool scratch)
    {
        int chunks = WorkSplitter.Blocks(count, ValuesPerChunk);
        using NativeBuffer histograms = scratch.RentInts((long)chunks * (Bins + 1));
        using NativeBuffer candidates = scratch.RentFloats(count + (long)Gap * chunks);
        int* counts = histograms.Ints + (long)chunks * Bins;
        for (int chunk = 0; chunk < chunks; chunk++) counts[chunk] = Math.Min(ValuesPerChunk, count - chunk * ValuesPerChunk);

        var first = new HistogramWork(values, ValuesPerChunk, counts, chunks, 21, Bins - 1, 0, 0, histograms.Ints);
        splitter.Run(chunks, first);
        uint prefix = first.Digit(ref k) << 21;
        if (prefix == 0) return float.NaN;

        // What shares the leading digit is a range of floats: the other digits are counted among those alone.
        const uint Rest = (1 << 21) - 1;
        float low = Value(Math.Max(prefix, Key(float.NegativeInfinity))), high = Value(Math.Min(prefix | Rest, Key(float.PositiveInfinity)));
        splitter.Run(chunks, new CandidateWork(kernels, values, low, high, candidates.Floats, counts));
        var second = new HistogramWork(candidates.Floats, ValuesPerChunk + Gap, counts, chunks, 10, Bins - 1, prefix, ~Rest, histograms.Ints);
        splitter.Run(chunks, second);
        prefix |= second.Digit(ref k) << 10;
        var third = new HistogramWork(candidates.Floats, ValuesPerChunk + Gap, counts, chunks, 0, (Bins / 2) - 1, prefix, ~1023u, histograms.Ints);
        splitter.Run(chunks, third);
        return Value(prefix | third.Digit(ref k));
    }

    /// <summary>Lists each chunk's values in a range.</summary>
    private readonly struct CandidateWork(RowKernels kernels, float* values, float low, float high, float* candidates, int* counts) : IChunkedWork
    {
        public void Run(int chunk) =>
            counts[chunk] = kernels.ListBetween(counts[chunk], values + (long)chunk * ValuesPerChunk, low, high, candidates + (long)chunk * (ValuesPerChunk + Gap));
    }

    /// <summary>Counts one digit of the keys that begin with a prefix.</summary>
    private readonly struct HistogramWork(float* values, int stride, int* counts, int chunks, int shift, uint digits, uint prefix, uint mask, int* histograms) : IChunkedWork
    {
        /// <summary>The digit of the k-th largest key; k becomes its rank among those that share the digit.</summary>
        public uint Digit(ref int k)
        {
            for (uint digit = digits; ; digit--)
            {
                int sum = 0;
                for (int chunk = 0; chunk < chunks; chunk++) sum += histograms[(long)digit * chunks + chunk];
                if (sum >= k) return digit;
                k -= sum;
            }
        }

        public void Run(int chunk)
        {
            // Neighbours often fall into one bin, and then a count waits for the one before: four copies wait less. The last bin of each
            // copy takes the values that an earlier digit has ruled out.
            const int Copies = 4, Room = Bins + 16;
            int* copies = stackalloc int[Copies * Room];
            new Span<int>(copies, Copies * Room).Clear();
            float* own = values + (long)chunk * stride;
            int count = counts[chunk], i = 0;
            for (; i <= count - Copies; i += Copies)
            {
                copies[Bin(own[i])]++;
                copies[Room + Bin(own[i + 1])]++;
                copies[2 * Room + Bin(own[i + 2])]++;
                copies[3 * Room + Bin(own[i + 3])]++;
            }

            for (; i < count; i++) copies[Bin(own[i])]++;
            for (int bin = 0; bin < Bins; bin++) histograms[(long)bin * chunks + chunk] = copies[bin] + copies[Room + bin] + copies[2 * Room + bin] + copies[3 * Room + bin];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private long Bin(float value)
        {
            uint key = Key(value);
            return (key & mask) == prefix ? (key >> shift) & digits : Bins;
        }
    }
}
