using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>y = (x − mean) / √(variance + epsilon) ∘ gain + bias.</summary>
    public abstract void LayerNorm(int count, float* x, float* gain, float* bias, float epsilon, float* y);

    /// <summary>y = f(x + bias); bias may be null.</summary>
    public abstract void Activate(Activation activation, int count, float* x, float* bias, float* y);

    /// <summary>x = softmax(scale · x), in place.</summary>
    public abstract void Softmax(int count, float* x, float scale);

    /// <summary>x[r, c] = exp(scale · (x[r, c] − largest of column c)); sums[c] = Σ_r x[r, c]. <see cref="TileColumns"/> columns without gaps.</summary>
    public abstract void ColumnExponentials(int rows, float* x, float scale, float* sums);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    /// <summary>Room for one vector of any width.</summary>
    private const int WidestVector = 16;

    private interface IActivation
    {
        static abstract TVector Apply(TVector x);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LayerNorm(int count, float* x, float* gain, float* bias, float epsilon, float* y)
    {
        int width = TSimd.Width, whole = count - count % width;
        TVector one = TSimd.Create(1f), lower = TSimd.Zero, upper = TSimd.Zero;
        for (int i = 0; i < whole; i += width)
        {
            TVector value = TSimd.Load(x + i);
            lower = TSimd.MultiplyAddWideLower(value, one, lower);
            upper = TSimd.MultiplyAddWideUpper(value, one, upper);
        }

        double sum = TSimd.SumWide(TSimd.AddWide(lower, upper));
        for (int i = whole; i < count; i++) sum += x[i];
        float mean = (float)(sum / count);

        TVector centre = TSimd.Create(mean);
        lower = upper = TSimd.Zero;
        for (int i = 0; i < whole; i += width)
        {
            TVector value = TSimd.Subtract(TSimd.Load(x + i), centre);
            lower = TSimd.MultiplyAddWideLower(value, value, lower);
            upper = TSimd.MultiplyAddWideUpper(value, value, upper);
        }

        double squares = TSimd.SumWide(TSimd.AddWide(lower, upper));
        for (int i = whole; i < count; i++) squares += (double)(x[i] - mean) * (x[i] - mean);
        float scale = (float)(1.0 / Math.Sqrt(squares / count + epsilon));

        TVector factor = TSimd.Create(scale);
        for (int i = 0; i < whole; i += width)
        {
            TVector value = TSimd.Multiply(TSimd.Subtract(TSimd.Load(x + i), centre), factor);
            TSimd.Store(y + i, TSimd.MultiplyAdd(value, TSimd.Load(gain + i), TSimd.Load(bias + i)));
        }

        for (int i = whole; i < count; i++) y[i] = (x[i] - mean) * scale * gain[i] + bias[i];
    }

    public override void Activate(Activation activation, int count, float* x, float* bias, float* y)
    {
        switch (activation)
        {
            case Activation.Relu: Activate<Relu>(count, x, bias, y); break;
            case Activation.GeluErf: Activate<GeluErf>(count, x, bias, y); break;
            case Activation.GeluTanh: Activate<GeluTanh>(count, x, bias, y); break;
            case Activation.SquaredRelu: Activate<SquaredRelu>(count, x, bias, y); break;
            case Activation.Silu: Activate<Silu>(count, x, bias, y); break;
            case Activation.Sigmoid: Activate<Sigmoid>(count, x, bias, y); break;
            case Activation.Tanh: Activate<Tanh>(count, x, bias, y); break;
            case Activation.Exponential: Activate<Exp>(count, x, bias, y); break;
            case Activation.Identity: Activate<Identity>(count, x, bias, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Softmax(int count, float* x, float scale)
    {
        int width = TSimd.Width, whole = count - count % width;
        float largest = Largest(count, x);

        // exp(scale · (x − largest)), the sum in double; the last few values go through a vector of their own, to the same numbers.
        TVector factor = TSimd.Create(scale), shift = TSimd.Create(largest), one = TSimd.Create(1f), lower = TSimd.Zero, upper = TSimd.Zero;
        for (int i = 0; i < whole; i += width)
        {
            TVector value = Exponential(TSimd.Multiply(factor, TSimd.Subtract(TSimd.Load(x + i), shift)));
            lower = TSimd.MultiplyAddWideLower(value, one, lower);
            upper = TSimd.MultiplyAddWideUpper(value, one, upper);
            TSimd.Store(x + i, value);
        }

        double sum = TSimd.SumWide(TSimd.AddWide(lower, upper));
        if (whole < count)
        {
            float* tail = stackalloc float[WidestVector];
            for (int i = whole; i < count; i++) tail[i - whole] = x[i];
            TSimd.Store(tail, Exponential(TSimd.Multiply(factor, TSimd.Subtract(TSimd.Load(tail), shift))));
            for (int i = whole; i < count; i++) sum += x[i] = tail[i - whole];
        }

        Scale(count, (float)(1.0 / sum), x);
    }

    public override void ColumnExponentials(int rows, float* x, float scale, float* sums)
    {
        for (int column = 0; column < TileColumns; column += TSimd.Width) ColumnExponentials(rows, x + column, TileColumns, scale, sums + column);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ColumnExponentials(int rows, float* x, int stride, float scale, float* sums)
    {
        // Sums of 64 rows at a time keep the error of long columns down.
        const int Block = 64;
        TVector largest = TSimd.Load(x), factor = TSimd.Create(scale), total = TSimd.Zero;
        for (int row = 1; row < rows; row++) largest = TSimd.Maximum(largest, TSimd.Load(x + (long)row * stride));
        for (int first = 0; first < rows; first += Block)
        {
            TVector sum = TSimd.Zero;
            int end = Math.Min(rows, first + Block);
            for (int row = first; row < end; row++)
            {
                float* p = x + (long)row * stride;
                TVector value = Exponential(TSimd.Multiply(factor, TSimd.Subtract(TSimd.Load(p), largest)));
                sum = TSimd.Add(sum, value);
                TSimd.Store(p, value);
            }

            total = TSimd.Add(total, sum);
        }

        TSimd.Store(sums, total);
    }

    /// <summary>The largest value; NaN anywhere may or may not win.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest(int count, float* x)
    {
        int width = TSimd.Width, i = 0;
        float largest = float.NegativeInfinity;
        if (count >= width)
        {
            TVector best = TSimd.Load(x);
            for (i = width; i <= count - width; i += width) best = TSimd.Maximum(best, TSimd.Load(x + i));
            float* lanes = stackalloc float[WidestVector];
            TSimd.Store(lanes, best);
            for (int lane = 0; lane < width; lane++) largest = Math.Max(largest, lanes[lane]);
        }

        for (; i < count; i++) largest = Math.Max(largest, x[i]);
        return largest;
    }

    /// <summary>exp(x) to about two units in the last place; arguments are clamped to ±86, where the result is still a normal float. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exponential(TVector x)
    {
        // x = n ln 2 + r with |r| ≤ ln 2 / 2. Adding 1.5 · 2²³ rounds to a whole number and leaves it in the lowest bits.
        const float Rounder = 12582912f, HighLn2 = 0.693359375f, LowLn2 = -2.12194440e-4f;
        x = TSimd.Maximum(TSimd.Create(-86f), TSimd.Minimum(TSimd.Create(86f), x));
        TVector shifted = TSimd.MultiplyAdd(x, TSimd.Create(1.44269504f), TSimd.Create(Rounder));
        TVector n = TSimd.Subtract(shifted, TSimd.Create(Rounder));
        TVector r = TSimd.MultiplyAdd(n, TSimd.Create(-LowLn2), TSimd.MultiplyAdd(n, TSimd.Create(-HighLn2), x));

        // Chebyshev interpolation of exp in [−ln 2 / 2, ln 2 / 2]; relative error 3e-9.
        TVector p = TSimd.Create(0.0013941108f);
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(0.0083751264f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(0.041666353f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(0.16666416f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(0.5f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1f));
        return TSimd.AddToExponent(p, shifted);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activate<TActivation>(int count, float* x, float* bias, float* y)
        where TActivation : struct, IActivation
    {
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
        {
            TVector value = TSimd.Load(x + i);
            if (bias != null) value = TSimd.Add(value, TSimd.Load(bias + i));
            TSimd.Store(y + i, TActivation.Apply(value));
        }

        if (i == count) return;
        float* tail = stackalloc float[WidestVector];
        for (int j = i; j < count; j++) tail[j - i] = bias == null ? x[j] : x[j] + bias[j];
        TSimd.Store(tail, TActivation.Apply(TSimd.Load(tail)));
        for (int j = i; j < count; j++) y[j] = tail[j - i];
    }

    private readonly struct Relu : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Maximum(TSimd.Zero, x);
    }

    private readonly struct GeluTanh : IActivation
    {
        /// <summary>½(1 + tanh u) = 1 / (1 + exp(−2u)).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x)
        {
            const float MinusTwiceRoot = -1.5957691216057308f; // −2√(2/π)
            TVector cubic = TSimd.MultiplyAdd(TSimd.Multiply(x, x), TSimd.Create(0.044715f * MinusTwiceRoot), TSimd.Create(MinusTwiceRoot));
            return TSimd.Divide(x, TSimd.Add(TSimd.Create(1f), Exponential(TSimd.Multiply(x, cubic))));
        }
    }

    private readonly struct GeluErf : IActivation
    {
        /// <summary>max(x, 0) − |x|/2 · erfc(|x|/√2), with erfc(z) = t · exp(−z²) · Q(t), t = 1 / (1 + z/2).</summary>
        /// <remarks>Q interpolates at Chebyshev nodes for z up to 9.3 (relative error 5e-8); beyond, erfc is below 1e-38.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x)
        {
            TVector size = TSimd.Abs(x);
            TVector z = TSimd.Minimum(TSimd.Create(9.2f), TSimd.Multiply(size, TSimd.Create(0.70710678f)));
            TVector t = TSimd.Divide(TSimd.Create(1f), TSimd.MultiplyAdd(z, TSimd.Create(0.5f), TSimd.Create(1f)));
            TVector q = TSimd.Create(-0.059161616f);
            q = TSimd.MultiplyAdd(q, t, TSimd.Create(0.28513532f));
            q = TSimd.MultiplyAdd(q, t, TSimd.Create(-0.4885673f));
            q = TSimd.MultiplyAdd(q, t, TSimd.Create(0.27983847f));
            q = TSimd.MultiplyAdd(q, t, TSimd.Create(-0.027959144f));
            q = TSimd.MultiplyAdd(q, t, TSimd.Create(0.20328257f));
            q = TSimd.MultiplyAdd(q, t, TSimd.Create(0.24295038f));
            q = TSimd.MultiplyAdd(q, t, TSimd.Create(0.28239599f));
            q = TSimd.MultiplyAdd(q, t, TSimd.Create(0.28208531f));
            TVector tail = TSimd.Multiply(TSimd.Multiply(q, t), Exponential(TSimd.Subtract(TSimd.Zero, TSimd.Multiply(z, z))));
            TVector half = TSimd.Multiply(TSimd.Multiply(size, TSimd.Create(0.5f)), tail);
            return TSimd.Subtract(TSimd.Maximum(TSimd.Zero, x), half);
        }
    }
}
