using System.Runtime.InteropServices;

namespace SaeSharp.Numerics;

/// <summary>A row-major float32 matrix in 64-byte-aligned native memory that belongs to a <see cref="Numerics.Device"/>.</summary>
/// <remarks>Not thread-safe for writes. Allocate with <see cref="Numerics.Device.Allocate"/>; dispose to give the memory back.</remarks>
public sealed unsafe class Matrix : IDisposable
{
    private float* _data;

    internal Matrix(Device device, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        Device = device;
        Rows = rows;
        Columns = columns;
        nuint bytes = checked((nuint)Length * sizeof(float));
        _data = (float*)Cpu.Memory.Allocate(bytes);
        NativeMemory.Clear(_data, bytes);
    }

    /// <summary>Gives the memory back if nobody disposed of it.</summary>
    ~Matrix() => Release();

    /// <summary>Where the numbers are.</summary>
    public Device Device { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Number of values: rows × columns.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>The whole matrix as a view.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public MatrixView View
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data == null, this);
            return new MatrixView(_data, Rows, Columns, Columns);
        }
    }

    /// <summary>A matrix is its view wherever a kernel asks for one.</summary>
    public static implicit operator MatrixView(Matrix matrix) => matrix.View;

    /// <summary>One row.</summary>
    public Span<float> Row(int row) => View.Row(row);

    /// <summary>All values.</summary>
    public Span<float> AsSpan() => View.AsSpan();

    /// <summary>Rows <paramref name="start"/> … as a view.</summary>
    public MatrixView RowRange(int start, int count) => View.RowRange(start, count);

    /// <summary>The first columns as a view.</summary>
    public MatrixView LeadingColumns(int count) => View.LeadingColumns(count);

    /// <summary>The value at a row and a column.</summary>
    public ref float this[int row, int column] => ref View.Row(row)[column];

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Rows} × {Columns}]";

    private void Release()
    {
        if (_data == null) return;
        NativeMemory.AlignedFree(_data);
        _data = null;
    }
}
