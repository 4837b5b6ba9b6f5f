using SaeSharp.Numerics.Cpu.Threading;

namespace SaeSharp.Numerics.Cpu;

/// <summary>Order statistics by counting the leading bits of order-preserving keys, eleven at a time.</summary>
internal static unsafe class RadixSelect
{
    private const int Bins = 1 << 11;
    private const int ValuesPerChunk = 32 * 1024;

    /// <summary>The bits of a float as an unsigned number in the order of the floats; NaN below everything.</summary>
    public static uint Key(float value)
    {
        if (float.IsNaN(value)) return 0;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return bits ^ ((uint)((int)bits >> 31) | 0x8000_0000);
    }

    /// <summary>The float of a key.</summary>
    public static float Value(uint key) =>
        key == 0 ? float.NaN : BitConverter.UInt32BitsToSingle((key & 0x8000_0000) != 0 ? key & 0x7FFF_FFFF : ~key);

    /// <summary>The k-th largest value, k from 1; NaN only if there are fewer than k numbers.</summary>
    public static float KthLargest(float* values, int count, int k, WorkSplitter splitter, BufferPool scratch)
    {
        int chunks = WorkSplitter.Blocks(count, ValuesPerChunk);
        using NativeBuffer buffer = scratch.RentInts((long)chunks * Bins);
        uint prefix = 0, mask = 0;
        for (int shift = 21; ; shift -= shift == 21 ? 11 : 10)
        {
            // The last digit is one bit short: 11 + 11 + 10 = 32.
            uint digits = shift == 0 ? (Bins / 2) - 1u : Bins - 1u;
            splitter.Run(chunks, new HistogramWork(values, count, shift, digits, prefix, mask, buffer.Ints));
            int digit = (int)digits;
            for (; ; digit--)
            {
                int sum = 0;
                for (int chunk = 0; chunk < chunks; chunk++) sum += buffer.Ints[chunk * Bins + digit];
                if (sum >= k) break;
                k -= sum;
            }

            prefix |= (uint)digit << shift;
            mask |= digits << shift;
            if (shift == 0) return Value(prefix);
        }
    }

    private readonly struct HistogramWork(float* values, int count, int shift, uint digits, uint prefix, uint mask, int* histograms) : IChunkedWork
    {
        public void Run(int chunk)
        {
            int* histogram = histograms + chunk * Bins;
            new Span<int>(histogram, Bins).Clear();
            int end = (int)Math.Min(count, (chunk + 1L) * ValuesPerChunk);
            for (int i = chunk * ValuesPerChunk; i < end; i++)
            {
                uint key = Key(values[i]);
                if ((key & mask) == prefix) histogram[(key >> shift) & digits]++;
            }
        }
    }
}
