using System.Runtime.InteropServices;

namespace SaeSharp.Numerics.Cpu;

/// <summary>64-byte-aligned native memory that a kernel borrows for the length of a call; dispose to return it to its pool.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private readonly BufferPool _pool;

    internal NativeBuffer(BufferPool pool) => _pool = pool;

    ~NativeBuffer() => Free();

    public byte* Data { get; private set; }

    public long Bytes { get; private set; }

    public float* Floats => (float*)Data;

    public double* Doubles => (double*)Data;

    public int* Ints => (int*)Data;

#pragma warning disable CA1816 // Disposing returns the buffer to its pool; the memory is still there to be finalized.
    public void Dispose() => _pool.Return(this);
#pragma warning restore CA1816

    internal void Grow(long bytes)
    {
        if (bytes <= Bytes) return;
        NativeMemory.AlignedFree(Data);
        Data = null;
        Bytes = 0;
        Data = (byte*)Memory.Allocate(checked((nuint)bytes));
        Bytes = bytes;
    }

    internal void Free()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
        Bytes = 0;
    }
}
