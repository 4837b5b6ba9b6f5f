using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

/// <summary>The scalars of an Adam step, each computed in double and rounded once.</summary>
internal readonly struct AdamScalars(in AdamStep step)
{
    public readonly float GradientScale = step.GradientScale;
    public readonly float Beta1 = (float)step.Beta1;
    public readonly float OneMinusBeta1 = (float)(1.0 - step.Beta1);
    public readonly float Beta2 = (float)step.Beta2;
    public readonly float OneMinusBeta2 = (float)(1.0 - step.Beta2);
    public readonly float RootCorrection2 = (float)Math.Sqrt(step.Correction2);
    public readonly float Epsilon = step.Epsilon;
    public readonly float MinusStepSize = (float)(-step.LearningRate / step.Correction1);
}

internal abstract unsafe partial class RowKernels
{
    /// <summary>One Adam update: all four arrays read once, three written once.</summary>
    public abstract void Adam(int count, float* weights, float* gradient, float* first, float* second, in AdamScalars step);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Adam(int count, float* weights, float* gradient, float* first, float* second, in AdamScalars step)
    {
        TVector scale = TSimd.Create(step.GradientScale), root = TSimd.Create(step.RootCorrection2);
        TVector beta1 = TSimd.Create(step.Beta1), rest1 = TSimd.Create(step.OneMinusBeta1);
        TVector beta2 = TSimd.Create(step.Beta2), rest2 = TSimd.Create(step.OneMinusBeta2);
        TVector epsilon = TSimd.Create(step.Epsilon), minusStep = TSimd.Create(step.MinusStepSize);
        int i = 0;
        for (; i <= count - TSimd.Width; i += TSimd.Width)
        {
            TVector g = TSimd.Multiply(TSimd.Load(gradient + i), scale);
            TVector m = TSimd.MultiplyAdd(beta1, TSimd.Load(first + i), TSimd.Multiply(rest1, g));
            TVector v = TSimd.MultiplyAdd(beta2, TSimd.Load(second + i), TSimd.Multiply(TSimd.Multiply(rest2, g), g));
            TSimd.Store(first + i, m);
            TSimd.Store(second + i, v);
            TVector denominator = TSimd.Add(TSimd.Divide(TSimd.SquareRoot(v), root), epsilon);
            TSimd.Store(weights + i, TSimd.MultiplyAdd(minusStep, TSimd.Divide(m, denominator), TSimd.Load(weights + i)));
        }

        for (; i < count; i++)
        {
            float g = gradient[i] * step.GradientScale;
            float m = step.Beta1 * first[i] + step.OneMinusBeta1 * g;
            float v = step.Beta2 * second[i] + step.OneMinusBeta2 * g * g;
            first[i] = m;
            second[i] = v;
            weights[i] += step.MinusStepSize * (m / (MathF.Sqrt(v) / step.RootCorrection2 + step.Epsilon));
        }
    }
}
