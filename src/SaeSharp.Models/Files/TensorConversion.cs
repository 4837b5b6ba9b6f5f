using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace SaeSharp.Models.Files;

/// <summary>Conversions between stored element types and the ones that we compute with; vectorised.</summary>
internal static class TensorConversion
{
    /// <summary>Widens bf16 bit patterns exactly.</summary>
    public static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<float> target)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(target);
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < source.Length; i++) bits[i] = (uint)source[i] << 16;
    }

    /// <summary>Rounds to bf16 bit patterns, to nearest, ties to even; NaN stays NaN.</summary>
    public static void NarrowBFloat16(ReadOnlySpan<float> source, Span<ushort> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[i]);
            target[i] = float.IsNaN(source[i])
                ? (ushort)((bits >> 16) | 0x40)
                : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }

    /// <summary>Converts stored bytes (little-endian) to float32; false for a type that has no conversion.</summary>
    public static bool ToFloat32(TensorType type, ReadOnlySpan<byte> source, Span<float> target)
    {
        switch (type)
        {
            case TensorType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(target));
                return true;
            case TensorType.BF16:
                WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(source), target);
                return true;
            case TensorType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), target);
                return true;
            default:
                return Convert(type, source, target);
        }
    }

    /// <summary>Converts float32 to stored bytes (little-endian); false for a type that is not F32, F64, F16 or BF16.</summary>
    public static bool FromFloat32(ReadOnlySpan<float> source, TensorType type, Span<byte> target)
    {
        switch (type)
        {
            case TensorType.F32: MemoryMarshal.AsBytes(source).CopyTo(target); return true;
            case TensorType.F64: TensorPrimitives.ConvertTruncating(source, MemoryMarshal.Cast<byte, double>(target)); return true;
            case TensorType.F16: TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(target)); return true;
            case TensorType.BF16: NarrowBFloat16(source, MemoryMarshal.Cast<byte, ushort>(target)); return true;
            default: return false;
        }
    }

    /// <summary>Converts stored bytes (little-endian) to float64; false for a type that has no conversion.</summary>
    public static bool ToFloat64(TensorType type, ReadOnlySpan<byte> source, Span<double> target)
    {
        if (type != TensorType.BF16) return Convert(type, source, target);
        ReadOnlySpan<ushort> bits = MemoryMarshal.Cast<byte, ushort>(source);
        for (int i = 0; i < bits.Length; i++) target[i] = BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
        return true;
    }

    /// <summary>Converts stored integers (little-endian) to int64; false for floats and for values that do not fit.</summary>
    public static bool ToInt64(TensorType type, ReadOnlySpan<byte> source, Span<long> target)
    {
        if (type.IsFloat()) return false;
        if (type == TensorType.U64 && MemoryMarshal.Cast<byte, ulong>(source).ContainsAnyExceptInRange(0UL, (ulong)long.MaxValue)) return false;
        return Convert(type, source, target);
    }

    private static bool Convert<T>(TensorType type, ReadOnlySpan<byte> source, Span<T> target)
        where T : INumberBase<T>
    {
        switch (type)
        {
            case TensorType.Bool or TensorType.U8: TensorPrimitives.ConvertTruncating(source, target); return true;
            case TensorType.I8: ConvertFrom<sbyte, T>(source, target); return true;
            case TensorType.I16: ConvertFrom<short, T>(source, target); return true;
            case TensorType.U16: ConvertFrom<ushort, T>(source, target); return true;
            case TensorType.I32: ConvertFrom<int, T>(source, target); return true;
            case TensorType.U32: ConvertFrom<uint, T>(source, target); return true;
            case TensorType.I64: ConvertFrom<long, T>(source, target); return true;
            case TensorType.U64: ConvertFrom<ulong, T>(source, target); return true;
            case TensorType.F16: ConvertFrom<Half, T>(source, target); return true;
            case TensorType.F32: ConvertFrom<float, T>(source, target); return true;
            case TensorType.F64: ConvertFrom<double, T>(source, target); return true;
            default: return false;
        }
    }

    private static void ConvertFrom<TStored, T>(ReadOnlySpan<byte> source, Span<T> target)
        where TStored : unmanaged, INumberBase<TStored>
        where T : INumberBase<T> =>
        TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, TStored>(source), target);
}
