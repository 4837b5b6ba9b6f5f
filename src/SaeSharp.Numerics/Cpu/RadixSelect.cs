namespace SaeSharp.Numerics.Cpu;

/// <summary>Order statistics by counting the leading bits of order-preserving keys.</summary>
internal static unsafe class RadixSelect
{
    /// <summary>The bits of a float as an unsigned number in the order of the floats; NaN below everything.</summary>
    public static uint Key(float value)
    {
        if (float.IsNaN(value)) return 0;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
    }

    /// <summary>The float of a key.</summary>
    public static float Value(uint key) =>
        key == 0 ? float.NaN : BitConverter.UInt32BitsToSingle((key & 0x8000_0000) != 0 ? key & 0x7FFF_FFFF : ~key);

    /// <summary>The k-th largest value, k from 1.</summary>
    public static float KthLargest(float* values, int count, int k)
    {
        int* histogram = stackalloc int[2048];
        uint prefix = 0, mask = 0;
        for (int shift = 21; ; shift = Math.Max(0, shift - 11))
        {
            uint digits = shift == 0 ? 0x3FFu : 0x7FFu;
            new Span<int>(histogram, 2048).Clear();
            for (int i = 0; i < count; i++)
            {
                uint key = Key(values[i]);
                if ((key & mask) == prefix) histogram[(key >> shift) & digits]++;
            }

            int digit = (int)digits;
            while (histogram[digit] < k) k -= histogram[digit--];
            prefix |= (uint)digit << shift;
            mask |= digits << shift;
            if (shift == 0) return Value(prefix);
        }
    }
}
