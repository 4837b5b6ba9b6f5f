namespace SaeSharp.Numerics.Cpu.Gemm;

/// <summary>An operand as packing reads it: lanes (rows of the left operand, columns of the right one) by depth.</summary>
/// <param name="view">The memory.</param>
/// <param name="transposed">Whether a lane is a row of the view (depth runs along it); otherwise a lane is a column.</param>
internal readonly unsafe struct PackSource(MatrixView view, bool transposed)
{
    /// <summary>Packs lanes <paramref name="lane"/> … into one panel [depth, width]; lanes that are missing become zeros.</summary>
    public void Panel(int lane, int lanes, int start, int depth, float* target, int width)
    {
        if (lanes < width) new Span<float>(target, depth * width).Clear();
        if (transposed)
        {
            for (int i = 0; i < lanes; i++)
            {
                float* source = view.RowPointer(lane + i) + start;
                for (int d = 0; d < depth; d++) target[d * width + i] = source[d];
            }

            return;
        }

        for (int d = 0; d < depth; d++)
            new ReadOnlySpan<float>(view.RowPointer(start + d) + lane, lanes).CopyTo(new Span<float>(target + d * width, lanes));
    }
}
