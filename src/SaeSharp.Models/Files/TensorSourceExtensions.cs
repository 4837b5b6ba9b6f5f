using SaeSharp.Numerics;

namespace SaeSharp.Models.Files;

/// <summary>The usual ways to read a whole tensor.</summary>
public static class TensorSourceExtensions
{
    /// <summary>Most elements that fit into one managed array.</summary>
    private const long LargestArray = 0x7FFFFFC7;

    /// <summary>Whether a tensor of that name is there.</summary>
    public static bool Contains(this ITensorSource source, string name) => source.Tensors.ContainsKey(name);

    /// <summary>A whole tensor into a span of exactly its number of elements.</summary>
    public static void ReadFloat32(this ITensorSource source, string name, Span<float> values)
    {
        TensorInfo info = source.Info(name);
        if (info.Count != values.Length) throw WrongCount(source, info, values.Length);
        source.ReadFloat32(name, 0, values);
    }

    /// <summary>A whole tensor into a matrix of exactly its number of elements, row-major; the matrix may have gaps between rows.</summary>
    public static void ReadFloat32(this ITensorSource source, string name, MatrixView values)
    {
        TensorInfo info = source.Info(name);
        if (info.Count != values.Length) throw WrongCount(source, info, values.Length);
        for (int row = 0; row < values.Rows; row++) source.ReadFloat32(name, (long)row * values.Columns, values.Row(row));
    }

    /// <summary>A tensor [C, R] into a matrix [R, C]: transposed on the way.</summary>
    public static void ReadFloat32Transposed(this ITensorSource source, string name, MatrixView values)
    {
        TensorInfo info = source.Info(name);
        if (!info.HasShape(values.Columns, values.Rows))
        {
            throw new InputException($"Tensor '{name}' in {source.Path} has shape {info.ShapeText}; expected [{values.Columns}, {values.Rows}].");
        }

        // Sixteen stored rows at a time become one cache line in each row of the result.
        const int Block = 16;
        float[] rows = new float[Math.Min(Block, values.Columns) * values.Rows];
        for (int column = 0; column < values.Columns; column += Block)
        {
            int count = Math.Min(Block, values.Columns - column);
            source.ReadFloat32(name, (long)column * values.Rows, rows.AsSpan(0, count * values.Rows));
            for (int row = 0; row < values.Rows; row++)
            {
                for (int i = 0; i < count; i++) values[row, column + i] = rows[i * values.Rows + row];
            }
        }
    }

    /// <summary>A whole tensor as a new array.</summary>
    public static float[] ReadFloat32(this ITensorSource source, string name)
    {
        float[] values = new float[ArrayLength(source, name)];
        source.ReadFloat32(name, 0, values);
        return values;
    }

    /// <summary>A whole tensor as a new array.</summary>
    public static double[] ReadFloat64(this ITensorSource source, string name)
    {
        double[] values = new double[ArrayLength(source, name)];
        source.ReadFloat64(name, 0, values);
        return values;
    }

    /// <summary>A whole tensor of integers or booleans as a new array.</summary>
    public static long[] ReadInt64(this ITensorSource source, string name)
    {
        long[] values = new long[ArrayLength(source, name)];
        source.ReadInt64(name, 0, values);
        return values;
    }

    private static int ArrayLength(ITensorSource source, string name)
    {
        TensorInfo info = source.Info(name);
        return info.Count <= LargestArray
            ? (int)info.Count
            : throw new InputException($"Tensor '{name}' in {source.Path} has {info.Count} elements; at most {LargestArray} can be read at once.");
    }

    private static InputException WrongCount(ITensorSource source, TensorInfo info, long expected) =>
        new($"Tensor '{info.Name}' in {source.Path} has shape {info.ShapeText}, {info.Count} elements; expected {expected}.");
}
