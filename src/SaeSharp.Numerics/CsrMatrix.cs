using System.Runtime.InteropServices;

namespace SaeSharp.Numerics;

/// <summary>A sparse matrix in compressed-row form: the codes of a batch, [tokens × latents].</summary>
/// <remarks>
/// Row <c>b</c> owns entries <c>RowPointers[b] … RowPointers[b + 1] − 1</c>; within a row column indices ascend.
/// Row pointers are 32-bit: at most 2³¹ − 1 entries. The memory grows when <see cref="EnsureCapacity"/> asks and never shrinks,
/// so a training loop stops allocating after its first steps.
/// </remarks>
public sealed unsafe class CsrMatrix : IDisposable
{
    private int* _rowPointers;
    private int* _columnIndices;
    private float* _values;

    internal CsrMatrix(int rowCapacity, int columns, int capacity)
    {
        RowCapacity = rowCapacity;
        Rows = rowCapacity;
        Columns = columns;
        _rowPointers = (int*)NativeMemory.AlignedAlloc((nuint)(rowCapacity + 1) * sizeof(int), 64);
        NativeMemory.Clear(_rowPointers, (nuint)(rowCapacity + 1) * sizeof(int));
        EnsureCapacity(capacity);
    }

    /// <summary>Gives the memory back if nobody disposed of it.</summary>
    ~CsrMatrix() => Release();

    /// <summary>Number of rows in use; set by <see cref="Reset"/>.</summary>
    public int Rows { get; private set; }

    /// <summary>Most rows that fit.</summary>
    public int RowCapacity { get; }

    /// <summary>Number of columns (latents); set by <see cref="Reset"/>.</summary>
    public int Columns { get; private set; }

    /// <summary>Most entries that fit before the memory has to grow.</summary>
    public int Capacity { get; private set; }

    /// <summary>Number of stored entries.</summary>
    public int EntryCount => _rowPointers[Rows];

    /// <summary>Where each row begins; [rows + 1] values.</summary>
    public int* RowPointers => _rowPointers;

    /// <summary>The column (latent) of each entry.</summary>
    public int* ColumnIndices => _columnIndices;

    /// <summary>The value of each entry.</summary>
    public float* Values => _values;

    /// <summary>The row starts as a span, [rows + 1].</summary>
    public ReadOnlySpan<int> RowPointerSpan => new(_rowPointers, Rows + 1);

    /// <summary>The columns as a span, [entries].</summary>
    public ReadOnlySpan<int> ColumnIndexSpan => new(_columnIndices, EntryCount);

    /// <summary>The values as a span, [entries].</summary>
    public Span<float> ValueSpan => new(_values, EntryCount);

    /// <summary>Empties the matrix and sets how many rows and columns it has from now on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More rows than <see cref="RowCapacity"/>.</exception>
    public void Reset(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, RowCapacity);
        Rows = rows;
        Columns = columns;
        NativeMemory.Clear(_rowPointers, (nuint)(rows + 1) * sizeof(int));
    }

    /// <summary>Makes room for at least <paramref name="entries"/> entries; keeps those that are there.</summary>
    public void EnsureCapacity(int entries)
    {
        if (entries <= Capacity && _columnIndices != null) return;
        int capacity = (int)Math.Min(int.MaxValue, Math.Max(entries, Math.Max(64L, Capacity + Capacity / 2L)));
        _columnIndices = (int*)Grow(_columnIndices, capacity);
        _values = (float*)Grow(_values, capacity);
        Capacity = capacity;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private static void* Grow(void* old, int capacity) => NativeMemory.AlignedRealloc(old, (nuint)capacity * 4, 64);

    private void Release()
    {
        NativeMemory.AlignedFree(_rowPointers);
        NativeMemory.AlignedFree(_columnIndices);
        NativeMemory.AlignedFree(_values);
        _rowPointers = null;
        _columnIndices = null;
        _values = null;
    }
}
