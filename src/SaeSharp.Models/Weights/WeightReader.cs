using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Weights;

/// <summary>Reads a model's weights: every tensor must have the shape that the configuration implies and hold finite numbers, and none may be left over.</summary>
internal sealed class WeightReader(ITensorSource source, string prefix, string configPath, Device device) : IDisposable
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private Matrix? _staging;

    /// <summary>Where weights go.</summary>
    public Device Device => device;

    /// <summary>Whether the file has a tensor; the name is taken without the prefix if <paramref name="prefixed"/>.</summary>
    public bool Has(string name, bool prefixed = true) => source.Contains(prefixed ? prefix + name : name);

    /// <summary>A vector as a matrix of one row.</summary>
    public Matrix Vector(string name, int length)
    {
        Matrix vector = device.Allocate(1, length);
        Read(prefix + name, vector, [length]);
        return vector;
    }

    /// <summary>A matrix as it is stored.</summary>
    public Matrix Matrix(string name, int rows, int columns, bool prefixed = true)
    {
        Matrix matrix = device.Allocate(rows, columns);
        Read(prefixed ? prefix + name : name, matrix, [rows, columns]);
        return matrix;
    }

    /// <summary>The right operand of a product, packed; the matrix as it is stored is not kept.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="rows">Stored rows.</param>
    /// <param name="columns">Stored columns.</param>
    /// <param name="shape">NN if it is stored [in, out], NT if [out, in].</param>
    /// <param name="prefixed">Whether the name lacks the prefix.</param>
    public PackedMatrix Packed(string name, int rows, int columns, GemmShape shape, bool prefixed = true)
    {
        long length = (long)rows * columns;
        if (_staging is null || _staging.Length < length)
        {
            _staging?.Dispose();
            _staging = device.Allocate(rows, columns);
        }

        MatrixView view = Reshape(_staging, rows, columns);
        Read(prefixed ? prefix + name : name, view, [rows, columns]);
        PackedMatrix packed = new();
        device.Pack(shape, view, packed);
        return packed;
    }

    /// <summary>A tensor into memory that is there, row-major, whatever its shape.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="target">Where to; as many values as the tensor has.</param>
    /// <param name="shape">The shape that it must have.</param>
    public void Into(string name, MatrixView target, params ReadOnlySpan<long> shape) => Read(prefix + name, target, shape);

    /// <summary>A tensor that is a vector but for dimensions of 1, as a matrix of one row.</summary>
    public Matrix Vector(string name, int length, params ReadOnlySpan<long> shape)
    {
        Matrix vector = device.Allocate(1, length);
        Read(prefix + name, vector, shape);
        return vector;
    }

    /// <summary>The shape that a tensor is stored in.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => source.Info(prefix + name).Shape;

    /// <summary>Several matrices [out, in] below each other, as one right operand.</summary>
    /// <param name="columns">Columns of each of them.</param>
    /// <param name="parts">Their names and rows, in order.</param>
    public PackedMatrix PackedStack(int columns, params ReadOnlySpan<(string Name, int Rows)> parts)
    {
        int rows = 0;
        foreach ((_, int count) in parts) rows = checked(rows + count);
        using Matrix stack = device.Allocate(rows, columns);
        rows = 0;
        foreach ((string name, int count) in parts)
        {
            Read(prefix + name, stack.RowRange(rows, count), [count, columns]);
            rows += count;
        }

        return PackRows(stack);
    }

    /// <summary>A matrix [out, in] in memory as a right operand.</summary>
    public PackedMatrix PackRows(MatrixView rows)
    {
        PackedMatrix packed = new();
        device.Pack(GemmShape.NT, rows, packed);
        return packed;
    }

    /// <summary>Refuses tensors that nobody read: a file that has more than its configuration says is not the model that it claims to be.</summary>
    /// <param name="isKnown">Names without the prefix that may be there unread, such as masks.</param>
    public void RefuseUnread(Func<string, bool> isKnown)
    {
        string[] unread = [.. source.Tensors.Keys
            .Where(name => !_used.Contains(name) && !isKnown(name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name))
            .Order(StringComparer.Ordinal)];
        if (unread.Length == 0) return;
        string more = unread.Length > 1 ? $" and {unread.Length - 1} more" : string.Empty;
        throw new InputException($"{source.Path} has tensor '{unread[0]}'{more}, which the model described by {configPath} does not have.");
    }

    public void Dispose() => _staging?.Dispose();

    private static unsafe MatrixView Reshape(Matrix memory, int rows, int columns) => new(memory.View.Data, rows, columns, columns);

    private void Read(string name, MatrixView target, ReadOnlySpan<long> shape)
    {
        TensorInfo info = source.Info(name);
        if (!info.HasShape(shape))
        {
            throw new InputException($"Tensor '{name}' in {source.Path} has shape {info.ShapeText}; {configPath} implies {TensorInfo.FormatShape(shape.ToArray())}.");
        }

        source.ReadFloat32(name, target);
        if (!device.AllFinite(target)) throw new InputException($"Tensor '{name}' in {source.Path} holds values that are not finite numbers.");
        _used.Add(name);
    }
}
