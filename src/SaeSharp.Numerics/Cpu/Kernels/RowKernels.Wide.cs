using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>Products of rows in double: c[i, j] = Σ_p a[i, p] · b[j, p], or c[i, j] −= …</summary>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="columns">Rows of b, columns of c.</param>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="a">[rows, depth], <paramref name="aStride"/> apart.</param>
    /// <param name="aStride">Doubles from row to row.</param>
    /// <param name="b">[columns, depth]</param>
    /// <param name="bStride">Doubles from row to row.</param>
    /// <param name="subtract">Whether to take the products from c; otherwise what c held does not matter.</param>
    /// <param name="c">[rows, columns]; must not overlap a or b.</param>
    /// <param name="cStride">Doubles from row to row.</param>
    public abstract void RowProducts(int rows, int columns, int depth, double* a, long aStride, double* b, long bStride, bool subtract, double* c, long cStride);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    public override void RowProducts(int rows, int columns, int depth, double* a, long aStride, double* b, long bStride, bool subtract, double* c, long cStride)
    {
        double* four = stackalloc double[4 * 2];
        for (int i = 0; i < rows; i += 4)
        {
            for (int j = 0; j < columns; j += 2)
            {
                // Edges repeat the last row; the copies are not stored.
                int i1 = Math.Min(i + 1, rows - 1), i2 = Math.Min(i + 2, rows - 1), i3 = Math.Min(i + 3, rows - 1), j1 = Math.Min(j + 1, columns - 1);
                Products4x2(depth, a + i * aStride, a + i1 * aStride, a + i2 * aStride, a + i3 * aStride, b + j * bStride, b + j1 * bStride, four);
                for (int r = 0; r < Math.Min(4, rows - i); r++)
                {
                    for (int s = 0; s < Math.Min(2, columns - j); s++)
                    {
                        double* target = c + (i + r) * cStride + j + s;
                        *target = subtract ? *target - four[2 * r + s] : four[2 * r + s];
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products4x2(int depth, double* a0, double* a1, double* a2, double* a3, double* b0, double* b1, double* sums)
    {
        TVector s00 = TSimd.Zero, s01 = TSimd.Zero, s10 = TSimd.Zero, s11 = TSimd.Zero;
        TVector s20 = TSimd.Zero, s21 = TSimd.Zero, s30 = TSimd.Zero, s31 = TSimd.Zero;
        int step = TSimd.Width / 2, p = 0;
        for (; p <= depth - step; p += step)
        {
            TVector x = TSimd.LoadWide(b0 + p), y = TSimd.LoadWide(b1 + p);
            TVector r = TSimd.LoadWide(a0 + p);
            s00 = TSimd.MultiplyAddWide(r, x, s00);
            s01 = TSimd.MultiplyAddWide(r, y, s01);
            r = TSimd.LoadWide(a1 + p);
            s10 = TSimd.MultiplyAddWide(r, x, s10);
            s11 = TSimd.MultiplyAddWide(r, y, s11);
            r = TSimd.LoadWide(a2 + p);
            s20 = TSimd.MultiplyAddWide(r, x, s20);
            s21 = TSimd.MultiplyAddWide(r, y, s21);
            r = TSimd.LoadWide(a3 + p);
            s30 = TSimd.MultiplyAddWide(r, x, s30);
            s31 = TSimd.MultiplyAddWide(r, y, s31);
        }

        sums[0] = TSimd.SumWide(s00);
        sums[1] = TSimd.SumWide(s01);
        sums[2] = TSimd.SumWide(s10);
        sums[3] = TSimd.SumWide(s11);
        sums[4] = TSimd.SumWide(s20);
        sums[5] = TSimd.SumWide(s21);
        sums[6] = TSimd.SumWide(s30);
        sums[7] = TSimd.SumWide(s31);
        for (; p < depth; p++)
        {
            sums[0] += a0[p] * b0[p];
            sums[1] += a0[p] * b1[p];
            sums[2] += a1[p] * b0[p];
            sums[3] += a1[p] * b1[p];
            sums[4] += a2[p] * b0[p];
            sums[5] += a2[p] * b1[p];
            sums[6] += a3[p] * b0[p];
            sums[7] += a3[p] * b1[p];
        }
    }
}
