using SaeSharp.Numerics.Cpu;
using SaeSharp.Numerics.Cpu.Gemm;

namespace SaeSharp.Numerics;

public sealed unsafe partial class CpuDevice
{
    private GemmDriver GemmDriver => new(_kernels, _splitter, _scratch);

    /// <inheritdoc/>
    public override void Gemm(GemmShape shape, MatrixView a, MatrixView b, MatrixView c, float alpha = 1f, float beta = 0f)
    {
        int m = shape == GemmShape.TN ? a.Columns : a.Rows;
        int k = shape == GemmShape.TN ? a.Rows : a.Columns;
        int n = shape == GemmShape.NT ? b.Rows : b.Columns;
        Shape.IsBacked(a, nameof(a));
        if (shape == GemmShape.NT) Shape.Is(b, n, k, nameof(b));
        else Shape.Is(b, k, n, nameof(b));
        Shape.Is(c, m, n, nameof(c));
        if (m == 0 || n == 0) return;
        if (!PrepareTarget(c, k, beta)) return;
        if ((m == 1 || n == 1) && Gemv(shape, a, b, c, k, alpha, beta != 0f)) return;
        var left = new PackSource(a, transposed: shape != GemmShape.TN);
        var right = new PackSource(b, transposed: shape == GemmShape.NT);
        GemmDriver.Multiply(left, right, m, n, k, c, alpha, beta != 0f);
    }

    /// <inheritdoc/>
    public override void Pack(GemmShape shape, MatrixView b, PackedMatrix packed)
    {
        ArgumentNullException.ThrowIfNull(packed);
        if (shape == GemmShape.TN) throw new ArgumentException("A right operand is packed for NN or NT products.", nameof(shape));
        Shape.IsBacked(b, nameof(b));
        int n = shape == GemmShape.NT ? b.Rows : b.Columns;
        int k = shape == GemmShape.NT ? b.Columns : b.Rows;
        packed.EnsureCapacity(GemmDriver.PackedLength(n, k, _kernels.TileColumns));
        packed.InnerDimension = k;
        packed.Columns = n;
        packed.PanelWidth = _kernels.TileColumns;
        if (b.Length > 0) GemmDriver.Pack(new PackSource(b, transposed: shape == GemmShape.NT), 0, n, 0, k, packed.Data, _kernels.TileColumns);
    }

    /// <inheritdoc/>
    /// <remarks>A row's result does not depend on how many rows go along; <see cref="Gemm"/> sums in another order for a single row or column only.</remarks>
    public override void GemmPacked(MatrixView a, PackedMatrix b, MatrixView c, float beta = 0f)
    {
        ArgumentNullException.ThrowIfNull(b);
        if (b.PanelWidth != _kernels.TileColumns) throw new ArgumentException("The operand was packed by another kind of device, or never.", nameof(b));
        Shape.Is(a, a.Rows, b.InnerDimension, nameof(a));
        Shape.Is(c, a.Rows, b.Columns, nameof(c));
        if (c.Length == 0 || !PrepareTarget(c, b.InnerDimension, beta)) return;
        GemmDriver.MultiplyPacked(new PackSource(a, transposed: true), b, a.Rows, c, beta != 0f);
    }

    /// <summary>Leaves only two cases for the product, to add or to replace; false if there is nothing to multiply.</summary>
    private bool PrepareTarget(MatrixView c, int k, float beta)
    {
        if (k == 0 && beta == 0f) Fill(c, 0f);
        else if (beta is not (0f or 1f)) Axpby(0f, c, beta, c);
        return k > 0;
    }
}
