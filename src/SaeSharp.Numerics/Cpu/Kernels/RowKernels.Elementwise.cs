using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>y = x + alpha · v</summary>
    public abstract void AddScaled(int count, float* x, float alpha, float* v, float* y);

    /// <summary>y = alpha · x + beta · y; with beta = 0 what y held does not matter.</summary>
    public abstract void Axpby(int count, float alpha, float* x, float beta, float* y);

    /// <summary>z = x ∘ y</summary>
    public abstract void Multiply(int count, float* x, float* y, float* z);

    /// <summary>z += alpha · x ∘ y</summary>
    public abstract void AddProduct(int count, float alpha, float* x, float* y, float* z);

    /// <summary>x *= alpha</summary>
    public abstract void Scale(int count, float alpha, float* x);

    /// <summary>Whether every value is finite.</summary>
    public abstract bool AllFinite(int count, float* x);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddScaled(int count, float* x, float alpha, float* v, float* y)
    {
        TVector scale = TSimd.Create(alpha);
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
            TSimd.Store(y + i, TSimd.MultiplyAdd(scale, TSimd.Load(v + i), TSimd.Load(x + i)));
        for (; i < count; i++) y[i] = x[i] + alpha * v[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Axpby(int count, float alpha, float* x, float beta, float* y)
    {
        if (beta == 1f)
        {
            AddScaled(count, y, alpha, x, y);
            return;
        }

        TVector scale = TSimd.Create(alpha), keep = TSimd.Create(beta);
        int i = 0;
        if (beta == 0f)
        {
            for (; i <= count - TSimd.Width; i += TSimd.Width) TSimd.Store(y + i, TSimd.Multiply(scale, TSimd.Load(x + i)));
            for (; i < count; i++) y[i] = alpha * x[i];
            return;
        }

        for (; i <= count - TSimd.Width; i += TSimd.Width)
            TSimd.Store(y + i, TSimd.MultiplyAdd(scale, TSimd.Load(x + i), TSimd.Multiply(keep, TSimd.Load(y + i))));
        for (; i < count; i++) y[i] = alpha * x[i] + beta * y[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(int count, float* x, float* y, float* z)
    {
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
            TSimd.Store(z + i, TSimd.Multiply(TSimd.Load(x + i), TSimd.Load(y + i)));
        for (; i < count; i++) z[i] = x[i] * y[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddProduct(int count, float alpha, float* x, float* y, float* z)
    {
        TVector scale = TSimd.Create(alpha);
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
        {
            TVector scaled = TSimd.Multiply(scale, TSimd.Load(x + i));
            TSimd.Store(z + i, TSimd.MultiplyAdd(scaled, TSimd.Load(y + i), TSimd.Load(z + i)));
        }

        for (; i < count; i++) z[i] += alpha * x[i] * y[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Scale(int count, float alpha, float* x)
    {
        TVector scale = TSimd.Create(alpha);
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width) TSimd.Store(x + i, TSimd.Multiply(scale, TSimd.Load(x + i)));
        for (; i < count; i++) x[i] *= alpha;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool AllFinite(int count, float* x)
    {
        // x · 0 is 0 for finite numbers and NaN for the others, so one sum tells.
        TVector zero = TSimd.Zero, sum = TSimd.Zero;
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width) sum = TSimd.MultiplyAdd(TSimd.Load(x + i), zero, sum);
        float rest = TSimd.Sum(sum);
        for (; i < count; i++) rest += x[i] * 0f;
        return rest == 0f;
    }
}
