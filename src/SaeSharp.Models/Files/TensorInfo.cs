namespace SaeSharp.Models.Files;

/// <summary>What a file says about one tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Shape">Its dimensions, row-major; empty for a single value.</param>
/// <param name="Count">Number of elements: the product of the dimensions, 1 without any.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, long Count, long Offset)
{
    /// <summary>Number of bytes.</summary>
    public long ByteLength => Count * Type.Size();

    /// <summary>The shape as people write it, e.g. <c>[768, 16384]</c>.</summary>
    public string ShapeText => FormatShape(Shape);

    /// <summary>Whether the dimensions are exactly these.</summary>
    public bool HasShape(params ReadOnlySpan<long> shape)
    {
        if (shape.Length != Shape.Count) return false;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] != Shape[i]) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type.HeaderName()} {ShapeText}";

    internal static string FormatShape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
