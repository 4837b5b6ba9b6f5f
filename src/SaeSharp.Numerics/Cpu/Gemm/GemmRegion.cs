namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>Which part of a product is needed.</summary>
internal enum GemmRegion
{
    /// <summary>All of C.</summary>
    Full,

    /// <summary>Only tiles that touch the lower triangle of C; the rest is left alone or filled, whatever is quicker.</summary>
    Lower,

    /// <summary>All of C, where column j of the right operand is zero below depth j.</summary>
    RightIsUpperTriangular,
}
