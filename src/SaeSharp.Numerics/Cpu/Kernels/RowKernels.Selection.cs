using System.Numerics;
using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>Room for candidates that lets <see cref="TopK"/> compress rarely.</summary>
    public static int CandidateCapacity(int k) => checked(4 * k + 64);

    /// <summary>Finds the k largest keys <c>weight · (score + bias)</c> of a row in one pass with a rising bound.</summary>
    /// <param name="count">Length of the row.</param>
    /// <param name="scores">The row.</param>
    /// <param name="bias">Or null.</param>
    /// <param name="weights">Or null.</param>
    /// <param name="k">How many to keep.</param>
    /// <param name="positive">Whether only positive keys count.</param>
    /// <param name="capacity">Room in keys and indices, from <see cref="CandidateCapacity"/>.</param>
    /// <param name="keys">The keys found, in the order of their indices.</param>
    /// <param name="indices">Their indices, ascending.</param>
    /// <param name="smallest">The smallest key kept.</param>
    /// <returns>How many were found, at most k.</returns>
    public abstract int TopK(int count, float* scores, float* bias, float* weights, int k, bool positive, int capacity, float* keys, int* indices, out float smallest);

    /// <summary>Counts, and stores where indices is not null, the scores with <c>weight · (score + bias) &gt; threshold</c>.</summary>
    public abstract int Above(int count, float* scores, float* bias, float* weights, float* thresholds, bool single, int* indices, float* values);

    /// <summary>Leaves the k largest candidates, in order; of equal ones the first.</summary>
    protected static int Compress(int found, int k, float* keys, int* indices, out float bound)
    {
        bound = RadixSelect.KthLargest(keys, found, k);
        int above = 0;
        for (int i = 0; i < found; i++) above += keys[i] > bound ? 1 : 0;
        int ties = k - above, kept = 0;
        for (int i = 0; i < found; i++)
        {
            if (!(keys[i] > bound) && (keys[i] != bound || ties-- <= 0)) continue;
            keys[kept] = keys[i];
            indices[kept++] = indices[i];
        }

        return kept;
    }
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int TopK(int count, float* scores, float* bias, float* weights, int k, bool positive, int capacity, float* keys, int* indices, out float smallest)
    {
        float bound = positive ? 0f : float.NegativeInfinity;
        bool inclusive = !positive;
        TVector bounds = TSimd.Create(bound);
        float* lanes = stackalloc float[16];
        int found = 0, i = 0;
        for (; i < count; i += TSimd.Width)
        {
            if (found > capacity - TSimd.Width)
            {
                found = Compress(found, k, keys, indices, out bound);
                bounds = TSimd.Create(bound);
                inclusive = false;
            }

            if (i > count - TSimd.Width) break;
            TVector key = TSimd.Load(scores + i);
            if (bias != null) key = TSimd.Add(key, TSimd.Load(bias + i));
            if (weights != null) key = TSimd.Multiply(key, TSimd.Load(weights + i));
            uint mask = inclusive ? TSimd.GreaterThanOrEqual(key, bounds) : TSimd.GreaterThan(key, bounds);
            if (mask == 0) continue;
            TSimd.Store(lanes, key);
            for (; mask != 0; mask &= mask - 1)
            {
                int lane = BitOperations.TrailingZeroCount(mask);
                keys[found] = lanes[lane];
                indices[found++] = i + lane;
            }
        }

        for (; i < count; i++)
        {
            float key = bias == null ? scores[i] : scores[i] + bias[i];
            if (weights != null) key *= weights[i];
            if (!(key > bound) && !(inclusive && key >= bound)) continue;
            keys[found] = key;
            indices[found++] = i;
        }

        if (found > k) return Compress(found, k, keys, indices, out smallest);
        smallest = bound;
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Above(int count, float* scores, float* bias, float* weights, float* thresholds, bool single, int* indices, float* values)
    {
        int found = 0, i = 0;
        TVector one = TSimd.Create(thresholds[0]);
        for (; i <= count - TSimd.Width; i += TSimd.Width)
        {
            TVector score = TSimd.Load(scores + i);
            if (bias != null) score = TSimd.Add(score, TSimd.Load(bias + i));
            TVector key = weights == null ? score : TSimd.Multiply(score, TSimd.Load(weights + i));
            uint mask = TSimd.GreaterThan(key, single ? one : TSimd.Load(thresholds + i));
            if (indices == null)
            {
                found += BitOperations.PopCount(mask);
                continue;
            }

            for (; mask != 0; mask &= mask - 1)
            {
                int column = i + BitOperations.TrailingZeroCount(mask);
                indices[found] = column;
                values[found++] = bias == null ? scores[column] : scores[column] + bias[column];
            }
        }

        for (; i < count; i++)
        {
            float score = bias == null ? scores[i] : scores[i] + bias[i];
            float key = weights == null ? score : score * weights[i];
            if (!(key > thresholds[single ? 0 : i])) continue;
            if (indices != null)
            {
                indices[found] = i;
                values[found] = score;
            }

            found++;
        }

        return found;
    }
}
