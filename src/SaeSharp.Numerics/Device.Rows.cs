namespace SaeSharp.Numerics;

public abstract partial class Device
{
    /// <summary>Copies rows <c>y[to[i], :] = x[from[i], :]</c>; the targets are distinct.</summary>
    /// <param name="x">[any, D]</param>
    /// <param name="from">Rows of x, in any order and as often as one likes.</param>
    /// <param name="y">[any, D]; rows that are not named stay. Must not overlap x.</param>
    /// <param name="to">Rows of y, as many as <paramref name="from"/> has.</param>
    public abstract void CopyRows(MatrixView x, ReadOnlySpan<int> from, MatrixView y, ReadOnlySpan<int> to);
}
