using System.Runtime.InteropServices;

namespace SaeSharp.Numerics;

/// <summary>The entries of a <see cref="CsrMatrix"/> in feature-major order, so that gradients are reduced latent by latent without atomics.</summary>
/// <remarks>
/// Latent <c>f</c> owns positions <c>ColumnPointers[f] … ColumnPointers[f + 1] − 1</c>; each names the token (<see cref="RowIndices"/>)
/// and where the entry stands in the CSR arrays (<see cref="EntryIndices"/>), tokens ascending. One transpose serves every
/// array of values that shares the pattern (codes, code gradients, score gradients). Filled by <see cref="Device.Transpose"/>.
/// </remarks>
public sealed unsafe class CsrTranspose : IDisposable
{
    private int* _columnPointers;
    private int* _rowIndices;
    private int* _entryIndices;
    private int _columnCapacity = -1;
    private int _capacity = -1;

    /// <summary>Gives the memory back if nobody disposed of it.</summary>
    ~CsrTranspose() => Release();

    /// <summary>Number of columns (latents).</summary>
    public int Columns { get; private set; }

    /// <summary>Number of entries.</summary>
    public int EntryCount { get; private set; }

    /// <summary>Where each latent begins; [columns + 1] values.</summary>
    public int* ColumnPointers => _columnPointers;

    /// <summary>The token of each entry.</summary>
    public int* RowIndices => _rowIndices;

    /// <summary>The position of each entry in the CSR arrays.</summary>
    public int* EntryIndices => _entryIndices;

    /// <summary>Makes room; what was stored is lost.</summary>
    public void Resize(int columns, int entries)
    {
        if (columns > _columnCapacity)
        {
            _columnPointers = (int*)NativeMemory.AlignedRealloc(_columnPointers, (nuint)(columns + 1) * sizeof(int), 64);
            _columnCapacity = columns;
        }

        if (entries > _capacity)
        {
            int capacity = (int)Math.Min(int.MaxValue, Math.Max(entries, 64) * 5L / 4);
            _rowIndices = (int*)NativeMemory.AlignedRealloc(_rowIndices, (nuint)capacity * sizeof(int), 64);
            _entryIndices = (int*)NativeMemory.AlignedRealloc(_entryIndices, (nuint)capacity * sizeof(int), 64);
            _capacity = capacity;
        }

        Columns = columns;
        EntryCount = entries;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        NativeMemory.AlignedFree(_columnPointers);
        NativeMemory.AlignedFree(_rowIndices);
        NativeMemory.AlignedFree(_entryIndices);
        _columnPointers = _rowIndices = _entryIndices = null;
        _columnCapacity = _capacity = -1;
    }
}
