namespace SaeSharp.Numerics.Cpu;

/// <summary>Scratch memory of a device: borrowed by kernels, kept between calls, safe for several threads.</summary>
internal sealed class BufferPool
{
    private readonly Lock _lock = new();
    private readonly List<NativeBuffer> _free = new(32);

    /// <summary>A buffer of at least so many bytes; what it holds is arbitrary.</summary>
    public NativeBuffer Rent(long bytes)
    {
        NativeBuffer? buffer = null;
        lock (_lock)
        {
            // The smallest that is large enough, otherwise the largest, which then grows.
            int best = -1;
            for (int i = 0; i < _free.Count; i++)
            {
                if (best < 0 || IsBetter(_free[i].Bytes, _free[best].Bytes, bytes)) best = i;
            }

            if (best >= 0)
            {
                buffer = _free[best];
                _free[best] = _free[^1];
                _free.RemoveAt(_free.Count - 1);
            }
        }

        buffer ??= new NativeBuffer(this);
        buffer.Grow(bytes);
        return buffer;
    }

    public NativeBuffer RentFloats(long count) => Rent(checked(count * sizeof(float)));

    public NativeBuffer RentDoubles(long count) => Rent(checked(count * sizeof(double)));

    public NativeBuffer RentInts(long count) => Rent(checked(count * sizeof(int)));

    internal void Return(NativeBuffer buffer)
    {
        lock (_lock) _free.Add(buffer);
    }

    internal void Clear()
    {
        lock (_lock)
        {
            foreach (NativeBuffer buffer in _free) buffer.Free();
            _free.Clear();
        }
    }

    private static bool IsBetter(long candidate, long best, long wanted)
    {
        if (candidate >= wanted) return best < wanted || candidate < best;
        return best < wanted && candidate > best;
    }
}
