using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>y = f(gate) ∘ x.</summary>
    public abstract void Gate(Activation activation, int count, float* gate, float* x, float* y);

    /// <summary>y = x / √(mean x² + epsilon) ∘ (offset + gain).</summary>
    public abstract void RmsNorm(int count, float* x, float* gain, float offset, float epsilon, float* y);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    public override void Gate(Activation activation, int count, float* gate, float* x, float* y)
    {
        switch (activation)
        {
            case Activation.Relu: Gate<Relu>(count, gate, x, y); break;
            case Activation.GeluErf: Gate<GeluErf>(count, gate, x, y); break;
            case Activation.GeluTanh: Gate<GeluTanh>(count, gate, x, y); break;
            case Activation.SquaredRelu: Gate<SquaredRelu>(count, gate, x, y); break;
            case Activation.Silu: Gate<Silu>(count, gate, x, y); break;
            case Activation.Sigmoid: Gate<Sigmoid>(count, gate, x, y); break;
            case Activation.Tanh: Gate<Tanh>(count, gate, x, y); break;
            case Activation.Exponential: Gate<Exp>(count, gate, x, y); break;
            case Activation.Identity: Gate<Identity>(count, gate, x, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RmsNorm(int count, float* x, float* gain, float offset, float epsilon, float* y)
    {
        float scale = (float)(1.0 / Math.Sqrt(DotWide(count, x, x) / count + epsilon));
        TVector factor = TSimd.Create(scale), shift = TSimd.Create(offset);
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
            TSimd.Store(y + i, TSimd.Multiply(TSimd.Multiply(TSimd.Load(x + i), factor), TSimd.Add(shift, TSimd.Load(gain + i))));
        for (; i < count; i++) y[i] = x[i] * scale * (offset + gain[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gate<TActivation>(int count, float* gate, float* x, float* y)
        where TActivation : struct, IActivation
    {
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
            TSimd.Store(y + i, TSimd.Multiply(TActivation.Apply(TSimd.Load(gate + i)), TSimd.Load(x + i)));
        if (i == count) return;
        float* tail = stackalloc float[WidestVector];
        for (int j = i; j < count; j++) tail[j - i] = gate[j];
        TSimd.Store(tail, TActivation.Apply(TSimd.Load(tail)));
        for (int j = i; j < count; j++) y[j] = tail[j - i] * x[j];
    }

    private readonly struct Identity : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => x;
    }

    private readonly struct Exp : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => Exponential(x);
    }

    private readonly struct SquaredRelu : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x)
        {
            TVector positive = TSimd.Maximum(TSimd.Zero, x);
            return TSimd.Multiply(positive, positive);
        }
    }

    private readonly struct Sigmoid : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) =>
            TSimd.Divide(TSimd.Create(1f), TSimd.Add(TSimd.Create(1f), Exponential(TSimd.Subtract(TSimd.Zero, x))));
    }

    private readonly struct Silu : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x) => TSimd.Divide(x, TSimd.Add(TSimd.Create(1f), Exponential(TSimd.Subtract(TSimd.Zero, x))));
    }

    private readonly struct Tanh : IActivation
    {
        /// <summary>(1 − e) / (1 + e) with e = exp(−2x); the absolute error is below 2e-7.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Apply(TVector x)
        {
            // Beyond ±10 the result is ±1 to the last place, and e must stay finite.
            x = TSimd.Maximum(TSimd.Create(-10f), TSimd.Minimum(TSimd.Create(10f), x));
            TVector e = Exponential(TSimd.Multiply(x, TSimd.Create(-2f)));
            return TSimd.Divide(TSimd.Subtract(TSimd.Create(1f), e), TSimd.Add(TSimd.Create(1f), e));
        }
    }
}
