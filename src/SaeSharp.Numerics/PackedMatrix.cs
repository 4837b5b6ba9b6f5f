using System.Runtime.InteropServices;

namespace SaeSharp.Numerics;

/// <summary>A right operand in the order in which a device's product reads it; opaque to everybody but the device that packed it.</summary>
public sealed unsafe class PackedMatrix : IDisposable
{
    private long _capacity;

    /// <summary>Gives the memory back if nobody disposed of it.</summary>
    ~PackedMatrix() => Release();

    /// <summary>Inner dimension K.</summary>
    public int InnerDimension { get; internal set; }

    /// <summary>Number of columns N of the product.</summary>
    public int Columns { get; internal set; }

    /// <summary>Columns in a panel, as the device that packed lays them out; 0 before the first packing.</summary>
    internal int PanelWidth { get; set; }

    internal float* Data { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    internal void EnsureCapacity(long floats)
    {
        if (floats <= _capacity) return;
        Release();
        Data = (float*)Cpu.Memory.Allocate(checked((nuint)floats * sizeof(float)));
        _capacity = floats;
    }

    private void Release()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
        _capacity = 0;
    }
}
