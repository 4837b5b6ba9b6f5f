using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>Σ x ∘ y in single precision: for products that feed back into single precision.</summary>
    public abstract float Dot(int count, float* x, float* y);

    /// <summary>Σ x ∘ y, products and sums in double.</summary>
    public abstract double DotWide(int count, float* x, float* y);

    /// <summary>totals[j] += Σ_r x[r, j] in double.</summary>
    public abstract void AddColumns(int rows, int columns, float* x, long stride, double* totals);

    /// <summary>gradient = scale · (x − y); returns Σ (x − y)² in double.</summary>
    public abstract double Residual(int count, float* x, float* y, float scale, float* gradient);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float Dot(int count, float* x, float* y)
    {
        int width = TSimd.Width;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        int i = 0;
        for (; i <= count - 4 * width; i += 4 * width)
        {
            s0 = TSimd.MultiplyAdd(TSimd.Load(x + i), TSimd.Load(y + i), s0);
            s1 = TSimd.MultiplyAdd(TSimd.Load(x + i + width), TSimd.Load(y + i + width), s1);
            s2 = TSimd.MultiplyAdd(TSimd.Load(x + i + 2 * width), TSimd.Load(y + i + 2 * width), s2);
            s3 = TSimd.MultiplyAdd(TSimd.Load(x + i + 3 * width), TSimd.Load(y + i + 3 * width), s3);
        }

        for (; i <= count - width; i += width) s0 = TSimd.MultiplyAdd(TSimd.Load(x + i), TSimd.Load(y + i), s0);
        float sum = TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
        for (; i < count; i++) sum += x[i] * y[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double DotWide(int count, float* x, float* y)
    {
        int width = TSimd.Width;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        int i = 0;
        for (; i <= count - 2 * width; i += 2 * width)
        {
            TVector x0 = TSimd.Load(x + i), y0 = TSimd.Load(y + i), x1 = TSimd.Load(x + i + width), y1 = TSimd.Load(y + i + width);
            s0 = TSimd.MultiplyAddWideLower(x0, y0, s0);
            s1 = TSimd.MultiplyAddWideUpper(x0, y0, s1);
            s2 = TSimd.MultiplyAddWideLower(x1, y1, s2);
            s3 = TSimd.MultiplyAddWideUpper(x1, y1, s3);
        }

        double sum = TSimd.SumWide(TSimd.AddWide(TSimd.AddWide(s0, s1), TSimd.AddWide(s2, s3)));
        for (; i < count; i++) sum += (double)x[i] * y[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddColumns(int rows, int columns, float* x, long stride, double* totals)
    {
        int width = TSimd.Width, half = width / 2;
        TVector one = TSimd.Create(1f);
        int j = 0;
        for (; j <= columns - 2 * width; j += 2 * width)
        {
            double* t = totals + j;
            TVector s0 = TSimd.LoadWide(t), s1 = TSimd.LoadWide(t + half), s2 = TSimd.LoadWide(t + width), s3 = TSimd.LoadWide(t + width + half);
            float* p = x + j;
            for (int r = 0; r < rows; r++, p += stride)
            {
                TVector v0 = TSimd.Load(p), v1 = TSimd.Load(p + width);
                s0 = TSimd.MultiplyAddWideLower(v0, one, s0);
                s1 = TSimd.MultiplyAddWideUpper(v0, one, s1);
                s2 = TSimd.MultiplyAddWideLower(v1, one, s2);
                s3 = TSimd.MultiplyAddWideUpper(v1, one, s3);
            }

            TSimd.StoreWide(t, s0);
            TSimd.StoreWide(t + half, s1);
            TSimd.StoreWide(t + width, s2);
            TSimd.StoreWide(t + width + half, s3);
        }

        for (; j < columns; j++)
        {
            for (int r = 0; r < rows; r++) totals[j] += x[r * stride + j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Residual(int count, float* x, float* y, float scale, float* gradient)
    {
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, factor = TSimd.Create(scale);
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
        {
            TVector difference = TSimd.Subtract(TSimd.Load(x + i), TSimd.Load(y + i));
            s0 = TSimd.MultiplyAddWideLower(difference, difference, s0);
            s1 = TSimd.MultiplyAddWideUpper(difference, difference, s1);
            TSimd.Store(gradient + i, TSimd.Multiply(factor, difference));
        }

        double sum = TSimd.SumWide(TSimd.AddWide(s0, s1));
        for (; i < count; i++)
        {
            float difference = x[i] - y[i];
            sum += (double)difference * difference;
            gradient[i] = scale * difference;
        }

        return sum;
    }
}
