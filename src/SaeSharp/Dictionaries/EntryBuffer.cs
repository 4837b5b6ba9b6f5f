using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries;

/// <summary>A float32 number an entry of a sparse code; grows with the codes and never shrinks.</summary>
internal sealed class EntryBuffer(Device device) : IDisposable
{
    private Matrix? _values;

    /// <summary>The first <paramref name="count"/> numbers; what they hold is kept only while the buffer need not grow.</summary>
    public Span<float> Take(int count)
    {
        if (_values is null || _values.Columns < count)
        {
            _values?.Dispose();
            _values = device.Allocate(1, (int)Math.Min(Array.MaxLength, Math.Max(1024, count * 5L / 4)));
        }

        return _values.AsSpan()[..count];
    }

    public void Dispose() => _values?.Dispose();
}
