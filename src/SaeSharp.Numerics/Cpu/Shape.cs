namespace SaeSharp.Numerics.Cpu;

/// <summary>Checks of operand shapes; every failure is an <see cref="ArgumentException"/> that names both shapes.</summary>
internal static unsafe class Shape
{
    public static void Is(MatrixView x, int rows, int columns, string name)
    {
        if (x.Rows != rows || x.Columns != columns)
            throw new ArgumentException($"{name} is [{x.Rows} × {x.Columns}], expected [{rows} × {columns}].", name);
        IsBacked(x, name);
    }

    public static void Same(MatrixView x, MatrixView y, string name) => Is(y, x.Rows, x.Columns, name);

    public static void IsBacked(MatrixView x, string name)
    {
        if (x.Length > 0 && (x.Data == null || x.Stride < x.Columns))
            throw new ArgumentException($"{name} has no memory, or a stride ({x.Stride}) below its {x.Columns} columns.", name);
    }

    /// <summary>A row vector, or an empty view where one may be left out.</summary>
    public static void IsOptionalRow(MatrixView x, int columns, string name)
    {
        if (x.Data != null || x.Columns != 0) Is(x, 1, columns, name);
    }

    public static void Holds(int length, int count, string name)
    {
        if (length < count) throw new ArgumentException($"{name} has {length} values, expected at least {count}.", name);
    }
}
