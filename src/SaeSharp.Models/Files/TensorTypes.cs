namespace SaeSharp.Models.Files;

/// <summary>Sizes and header names of <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    private static readonly (TensorType Type, string Name, int Size)[] All =
    [
        (TensorType.Bool, "BOOL", 1),
        (TensorType.U8, "U8", 1),
        (TensorType.I8, "I8", 1),
        (TensorType.F8E5M2, "F8_E5M2", 1),
        (TensorType.F8E4M3, "F8_E4M3", 1),
        (TensorType.I16, "I16", 2),
        (TensorType.U16, "U16", 2),
        (TensorType.F16, "F16", 2),
        (TensorType.BF16, "BF16", 2),
        (TensorType.I32, "I32", 4),
        (TensorType.U32, "U32", 4),
        (TensorType.F32, "F32", 4),
        (TensorType.F64, "F64", 8),
        (TensorType.I64, "I64", 8),
        (TensorType.U64, "U64", 8),
    ];

    /// <summary>Bytes of one element.</summary>
    public static int Size(this TensorType type) => All[(int)type].Size;

    /// <summary>The type's name in a file's header, e.g. <c>BF16</c>.</summary>
    public static string HeaderName(this TensorType type) => All[(int)type].Name;

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public static bool IsFloat(this TensorType type) =>
        type is TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F8E5M2 or TensorType.F8E4M3;

    /// <summary>Finds a type by its name in a file's header.</summary>
    public static bool TryParse(string? name, out TensorType type)
    {
        foreach ((TensorType candidate, string candidateName, _) in All)
        {
            if (candidateName != name) continue;
            type = candidate;
            return true;
        }

        type = default;
        return false;
    }
}
