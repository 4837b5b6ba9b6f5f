using System.Numerics;
using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

/// <summary>Losses over rows of logits, in double: evaluation subtracts numbers that are close to each other.</summary>
internal static unsafe class LogSoftmax
{
    /// <summary>log Σ exp(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double LogSumExp(int count, float* x)
    {
        float largest = Largest(count, x);
        Vector<double> shift = new(largest), lower = Vector<double>.Zero, upper = Vector<double>.Zero;
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(x + i), out Vector<double> low, out Vector<double> high);
            lower += Vector.Exp(low - shift);
            upper += Vector.Exp(high - shift);
        }

        double sum = Vector.Sum(lower + upper);
        for (; i < count; i++) sum += Math.Exp((double)x[i] - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>Σ p (log p − log q) with p and q the softmax of x and of y.</summary>
    /// <remarks>= Σ p (x − y) − (log Σ exp(x) − log Σ exp(y)); exactly 0 for equal rows.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Divergence(int count, float* x, float* y)
    {
        float largestX = Largest(count, x), largestY = Largest(count, y);
        Vector<double> shiftX = new(largestX), shiftY = new(largestY);
        Vector<double> sumX = Vector<double>.Zero, sumY = Vector<double>.Zero, cross = Vector<double>.Zero;
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(x + i), out Vector<double> lowX, out Vector<double> highX);
            Vector.Widen(Vector.Load(y + i), out Vector<double> lowY, out Vector<double> highY);
            (lowX, highX, lowY, highY) = (lowX - shiftX, highX - shiftX, lowY - shiftY, highY - shiftY);
            Vector<double> low = Vector.Exp(lowX), high = Vector.Exp(highX);
            sumX += low + high;
            sumY += Vector.Exp(lowY) + Vector.Exp(highY);
            cross += low * (lowX - lowY) + high * (highX - highY);
        }

        (double totalX, double totalY, double totalCross) = (Vector.Sum(sumX), Vector.Sum(sumY), Vector.Sum(cross));
        for (; i < count; i++)
        {
            double shiftedX = (double)x[i] - largestX, shiftedY = (double)y[i] - largestY, exponential = Math.Exp(shiftedX);
            totalX += exponential;
            totalY += Math.Exp(shiftedY);
            totalCross += exponential * (shiftedX - shiftedY);
        }

        return totalCross / totalX - (Math.Log(totalX) - Math.Log(totalY));
    }

    private static float Largest(int count, float* x)
    {
        int i = 0;
        float largest = float.NegativeInfinity;
        if (count >= Vector<float>.Count)
        {
            Vector<float> best = Vector.Load(x);
            for (i = Vector<float>.Count; i <= count - Vector<float>.Count; i += Vector<float>.Count) best = Vector.Max(best, Vector.Load(x + i));
            for (int lane = 0; lane < Vector<float>.Count; lane++) largest = Math.Max(largest, best[lane]);
        }

        for (; i < count; i++) largest = Math.Max(largest, x[i]);
        return largest;
    }
}
