using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>y = Sᵀ x, S [keys, values] without gaps.</summary>
    public abstract void ReadState(int keys, int values, float* state, float* x, float* y);

    /// <summary>S = decay · S + k δᵀ; y = Sᵀ q.</summary>
    public abstract void WriteState(int keys, int values, float* state, float decay, float* k, float* delta, float* q, float* y);

    /// <summary>S = diag(decays) S − b eᵀ + k vᵀ; y = Sᵀ q.</summary>
    public abstract void EraseAndWriteState(int keys, int values, float* state, float* decays, float* b, float* e, float* k, float* v, float* q, float* y);
}

/// <remarks>The state's columns are taken a few vectors at a time, so that what is read out stays in registers while the rows go by once.</remarks>
internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ReadState(int keys, int values, float* state, float* x, float* y)
    {
        int width = TSimd.Width, j = 0;
        for (; j <= values - 4 * width; j += 4 * width)
        {
            TVector y0 = TSimd.Zero, y1 = y0, y2 = y0, y3 = y0;
            float* s = state + j;
            for (int i = 0; i < keys; i++, s += values)
            {
                TVector factor = TSimd.Create(x[i]);
                y0 = TSimd.MultiplyAdd(factor, TSimd.Load(s), y0);
                y1 = TSimd.MultiplyAdd(factor, TSimd.Load(s + width), y1);
                y2 = TSimd.MultiplyAdd(factor, TSimd.Load(s + 2 * width), y2);
                y3 = TSimd.MultiplyAdd(factor, TSimd.Load(s + 3 * width), y3);
            }

            TSimd.Store(y + j, y0);
            TSimd.Store(y + j + width, y1);
            TSimd.Store(y + j + 2 * width, y2);
            TSimd.Store(y + j + 3 * width, y3);
        }

        for (; j <= values - width; j += width)
        {
            TVector sum = TSimd.Zero;
            float* s = state + j;
            for (int i = 0; i < keys; i++, s += values) sum = TSimd.MultiplyAdd(TSimd.Create(x[i]), TSimd.Load(s), sum);
            TSimd.Store(y + j, sum);
        }

        for (; j < values; j++)
        {
            float sum = 0f;
            for (int i = 0; i < keys; i++) sum += x[i] * state[(long)i * values + j];
            y[j] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void WriteState(int keys, int values, float* state, float decay, float* k, float* delta, float* q, float* y)
    {
        int width = TSimd.Width, j = 0;
        TVector keep = TSimd.Create(decay);
        for (; j <= values - 2 * width; j += 2 * width)
        {
            TVector y0 = TSimd.Zero, y1 = y0, d0 = TSimd.Load(delta + j), d1 = TSimd.Load(delta + j + width);
            float* s = state + j;
            for (int i = 0; i < keys; i++, s += values)
            {
                TVector key = TSimd.Create(k[i]), query = TSimd.Create(q[i]);
                TVector s0 = TSimd.MultiplyAdd(key, d0, TSimd.Multiply(keep, TSimd.Load(s)));
                TVector s1 = TSimd.MultiplyAdd(key, d1, TSimd.Multiply(keep, TSimd.Load(s + width)));
                TSimd.Store(s, s0);
                TSimd.Store(s + width, s1);
                y0 = TSimd.MultiplyAdd(query, s0, y0);
                y1 = TSimd.MultiplyAdd(query, s1, y1);
            }

            TSimd.Store(y + j, y0);
            TSimd.Store(y + j + width, y1);
        }

        for (; j <= values - width; j += width)
        {
            TVector sum = TSimd.Zero, d = TSimd.Load(delta + j);
            float* s = state + j;
            for (int i = 0; i < keys; i++, s += values)
            {
                TVector value = TSimd.MultiplyAdd(TSimd.Create(k[i]), d, TSimd.Multiply(keep, TSimd.Load(s)));
                TSimd.Store(s, value);
                sum = TSimd.MultiplyAdd(TSimd.Create(q[i]), value, sum);
            }

            TSimd.Store(y + j, sum);
        }

        for (; j < values; j++)
        {
            float sum = 0f;
            float* s = state + j;
            for (int i = 0; i < keys; i++, s += values)
            {
                *s = decay * *s + k[i] * delta[j];
                sum += q[i] * *s;
            }

            y[j] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void EraseAndWriteState(int keys, int values, float* state, float* decays, float* b, float* e, float* k, float* v, float* q, float* y)
    {
        int width = TSimd.Width, j = 0;
        for (; j <= values - width; j += width)
        {
            TVector sum = TSimd.Zero, erase = TSimd.Load(e + j), write = TSimd.Load(v + j);
            float* s = state + j;
            for (int i = 0; i < keys; i++, s += values)
            {
                TVector value = TSimd.MultiplyAdd(TSimd.Create(decays[i]), TSimd.Load(s), TSimd.Multiply(TSimd.Create(k[i]), write));
                value = TSimd.MultiplyAdd(TSimd.Create(-b[i]), erase, value);
                TSimd.Store(s, value);
                sum = TSimd.MultiplyAdd(TSimd.Create(q[i]), value, sum);
            }

            TSimd.Store(y + j, sum);
        }

        for (; j < values; j++)
        {
            float sum = 0f;
            float* s = state + j;
            for (int i = 0; i < keys; i++, s += values)
            {
                *s = decays[i] * *s + k[i] * v[j] - b[i] * e[j];
                sum += q[i] * *s;
            }

            y[j] = sum;
        }
    }
}
