using System.Buffers;
using System.Runtime.InteropServices;

namespace SaeSharp.Models.Files;

/// <summary>Where a tensor's elements are written, in row-major order, converted to the type that it is stored as.</summary>
/// <remarks>Given to the callbacks of <see cref="SafetensorsWriter"/>; counts what is written, so that a header can never lie.</remarks>
public sealed class TensorStream
{
    private const int Slice = 1 << 16;

    private readonly Stream _stream;

    internal TensorStream(Stream stream, string name, TensorType type, long count)
    {
        _stream = stream;
        Name = name;
        Type = type;
        Count = count;
    }

    /// <summary>The tensor that is being written.</summary>
    public string Name { get; }

    /// <summary>What its elements are stored as.</summary>
    public TensorType Type { get; }

    /// <summary>How many elements it has.</summary>
    public long Count { get; }

    /// <summary>How many elements were written so far.</summary>
    public long Written { get; private set; }

    /// <summary>Writes float32 values; the tensor is F32, F64, F16 or BF16 (rounded to nearest even).</summary>
    public void Write(ReadOnlySpan<float> values)
    {
        Advance(values.Length);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Slice * sizeof(double));
        for (; values.Length > 0; values = values[Math.Min(Slice, values.Length)..])
        {
            ReadOnlySpan<float> slice = values[..Math.Min(Slice, values.Length)];
            Span<byte> bytes = buffer.AsSpan(0, slice.Length * Type.Size());
            if (!TensorConversion.FromFloat32(slice, Type, bytes)) throw WrongType("float32 values");
            _stream.Write(bytes);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Writes elements as they are stored: double for F64, long for I64, int for I32, byte for U8 and BOOL, ushort bits for BF16 …</summary>
    /// <exception cref="ArgumentException">The elements have another size than the tensor's.</exception>
    public void WriteStored<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (System.Runtime.CompilerServices.Unsafe.SizeOf<T>() != Type.Size()) throw WrongType($"elements of type {typeof(T).Name}");
        Advance(values.Length);
        for (; values.Length > 0; values = values[Math.Min(Slice, values.Length)..])
        {
            _stream.Write(MemoryMarshal.AsBytes(values[..Math.Min(Slice, values.Length)]));
        }
    }

    internal void Finish()
    {
        if (Written != Count) throw new ArgumentException($"Tensor '{Name}' has {Count} elements but {Written} were written.");
    }

    private void Advance(int count)
    {
        Written += count;
        if (Written > Count) throw new ArgumentException($"Tensor '{Name}' has {Count} elements; more were written.");
    }

    private ArgumentException WrongType(string what) => new($"Tensor '{Name}' is stored as {Type.HeaderName()}; {what} cannot be written to it.");
}
