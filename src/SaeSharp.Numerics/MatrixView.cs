using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics;

/// <summary>A window on float32 numbers in row-major order: rows of <see cref="Columns"/> values, <see cref="Stride"/> apart.</summary>
/// <remarks>
/// A view owns nothing; it is valid while the <see cref="Matrix"/> that it was taken from lives.
/// It is what kernels take, so that leading columns (<see cref="LeadingColumns"/>) and slices of rows (<see cref="RowRange"/>)
/// cost neither a copy nor an allocation. Vectors are views of one row. Views are values: safe to copy between threads.
/// </remarks>
public readonly unsafe struct MatrixView
{
    /// <summary>Describes memory that somebody else owns.</summary>
    public MatrixView(float* data, int rows, int columns, int stride)
    {
        Data = data;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>The first value of the first row.</summary>
    public float* Data { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of values in a row.</summary>
    public int Columns { get; }

    /// <summary>Distance between the starts of two rows, in floats; at least <see cref="Columns"/>.</summary>
    public int Stride { get; }

    /// <summary>Number of values: rows × columns.</summary>
    public long Length => (long)Rows * Columns;

    /// <summary>Whether rows follow each other without a gap.</summary>
    public bool IsContiguous => Stride == Columns || Rows <= 1;

    /// <summary>The value at a row and a column; not checked.</summary>
    public ref float this[int row, int column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Data[(long)row * Stride + column];
    }

    /// <summary>Pointer to the start of a row; not checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* RowPointer(int row) => Data + (long)row * Stride;

    /// <summary>One row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row does not exist.</exception>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return new Span<float>(RowPointer(row), Columns);
    }

    /// <summary>Rows <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the matrix.</exception>
    public MatrixView RowRange(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, Rows, nameof(count));
        return new MatrixView(RowPointer(start), count, Columns, Stride);
    }

    /// <summary>The same numbers in other rows and columns.</summary>
    /// <exception cref="ArgumentException">There are gaps between the rows, or the number of values differs.</exception>
    public MatrixView Reshape(int rows, int columns) => IsContiguous && (long)rows * columns == Length
        ? new MatrixView(Data, rows, columns, columns)
        : throw new ArgumentException($"{this} cannot be seen as [{rows} × {columns}].");

    /// <summary>The first <paramref name="count"/> columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer columns.</exception>
    public MatrixView LeadingColumns(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Columns, nameof(count));
        return new MatrixView(Data, Rows, count, Stride);
    }

    /// <summary>Columns <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the matrix.</exception>
    public MatrixView ColumnRange(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, Columns, nameof(count));
        return new MatrixView(Data + start, Rows, count, Stride);
    }

    /// <summary>All values as one span.</summary>
    /// <exception cref="InvalidOperationException">There are gaps between rows, or more than 2³¹ values.</exception>
    public Span<float> AsSpan()
    {
        if (!IsContiguous) throw new InvalidOperationException("The rows of this view do not follow each other.");
        return new Span<float>(Data, checked((int)Length));
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Rows} × {Columns}]";
}
