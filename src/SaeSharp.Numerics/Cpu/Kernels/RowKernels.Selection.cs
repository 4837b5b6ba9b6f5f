using System.Numerics;
using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>Floats (and ints) of scratch that <see cref="TopK"/> needs for a row.</summary>
    public static int SelectionScratch(int count) => count + 64;

    /// <summary>Finds the k largest keys <c>weight · (score + bias)</c> of a row; of equal ones those with the smaller index.</summary>
    /// <param name="row">What to choose from.</param>
    /// <param name="k">How many to keep.</param>
    /// <param name="positive">Whether only positive keys count; otherwise all but NaN do.</param>
    /// <param name="scratch">Room for <see cref="SelectionScratch"/> floats.</param>
    /// <param name="keys">As much room; receives the keys, in the order of their indices.</param>
    /// <param name="indices">As much room; receives their indices, ascending.</param>
    /// <returns>How many were found, at most k.</returns>
    public abstract int TopK(in ScoreRow row, int k, bool positive, float* scratch, float* keys, int* indices);

    /// <summary>Lists the scores with <c>weight · (score + bias) &gt; threshold</c>; values (score + bias) and indices need room for <see cref="SelectionScratch"/>.</summary>
    public abstract int ListAbove(in ScoreRow row, float* thresholds, bool oneThreshold, float* values, int* indices);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    /// <summary>How keys are made, known to the compiler.</summary>
    private interface IKeys
    {
        static abstract TVector Score(in ScoreRow row, int i);

        static abstract TVector Key(in ScoreRow row, TVector score, int i);
    }

    public override int TopK(in ScoreRow row, int k, bool positive, float* scratch, float* keys, int* indices) =>
        row.Weights != null ? TopK<WeightedKeys>(row, k, positive, scratch, keys, indices)
        : row.Bias != null ? TopK<BiasedKeys>(row, k, positive, scratch, keys, indices)
        : TopK<PlainKeys>(row, k, positive, scratch, keys, indices);

    public override int ListAbove(in ScoreRow row, float* thresholds, bool oneThreshold, float* values, int* indices) =>
        row.Weights != null ? ListAbove<WeightedKeys>(row, thresholds, oneThreshold, values, indices)
        : row.Bias != null ? ListAbove<BiasedKeys>(row, thresholds, oneThreshold, values, indices)
        : ListAbove<PlainKeys>(row, thresholds, oneThreshold, values, indices);

    /// <remarks>
    /// First the maxima of small groups: the k-th largest of them bounds the k-th largest key from below, and tightly, since two of
    /// the k largest seldom share a group. A second look lists what reaches the bound, hardly more than k keys, and those are searched exactly.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int TopK<TKeys>(in ScoreRow row, int k, bool positive, float* scratch, float* keys, int* indices)
        where TKeys : struct, IKeys
    {
        float lowest = positive ? float.Epsilon : float.NegativeInfinity;
        int groups = GroupMaxima<TKeys>(row, Math.Clamp(row.Count / (4 * k), 1, 64), scratch);
        float bound = Bound(scratch, groups, k, k / 8, lowest);
        int found = ListReaching<TKeys>(row, bound, keys, indices);
        if (found <= k) return found;

        float smallest = Bound(keys, found, k, 0, lowest);
        TVector smallests = TSimd.Create(smallest);
        int ties = k;
        for (int i = 0; i < found; i += TSimd.Width) ties -= BitOperations.PopCount(TSimd.Bits(TSimd.GreaterThan(TSimd.Load(keys + i), smallests)));
        int kept = 0;
        for (int i = 0; i < found; i++)
        {
            float key = keys[i];
            if (!(key > smallest) && (key != smallest || ties-- <= 0)) continue;
            keys[kept] = key;
            indices[kept++] = indices[i];
        }

        return kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ListAbove<TKeys>(in ScoreRow row, float* thresholds, bool oneThreshold, float* values, int* indices)
        where TKeys : struct, IKeys
    {
        ScoreRow scores = row;
        int found = 0, i = 0;
        TVector one = TSimd.Create(thresholds[0]);
        for (; i <= scores.Count - TSimd.Width; i += TSimd.Width)
        {
            TVector score = TKeys.Score(scores, i);
            TVector mask = TSimd.GreaterThan(TKeys.Key(scores, score, i), oneThreshold ? one : TSimd.Load(thresholds + i));
            if (TSimd.Bits(mask) != 0) found += TSimd.Append(score, mask, i, values + found, indices + found);
        }

        for (; i < scores.Count; i++)
        {
            if (!(scores.Key(i) > thresholds[oneThreshold ? 0 : i])) continue;
            values[found] = scores.Value(i);
            indices[found++] = i;
        }

        return found;
    }

    /// <summary>The largest key of each lane over so many vectors; what is left behind the last whole vector counts one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int GroupMaxima<TKeys>(in ScoreRow row, int vectors, float* maxima)
        where TKeys : struct, IKeys
    {
        ScoreRow scores = row;
        int whole = scores.Count / TSimd.Width * TSimd.Width;
        int groups = 0, i = 0;
        while (i < whole)
        {
            TVector most = TSimd.Create(float.NegativeInfinity), other = most;
            int end = Math.Min(whole, i + vectors * TSimd.Width);
            for (; i < end - TSimd.Width; i += 2 * TSimd.Width)
            {
                most = TSimd.MaxNumber(KeyAt<TKeys>(scores, i), most);
                other = TSimd.MaxNumber(KeyAt<TKeys>(scores, i + TSimd.Width), other);
            }

            if (i < end)
            {
                most = TSimd.MaxNumber(KeyAt<TKeys>(scores, i), most);
                i += TSimd.Width;
            }

            most = TSimd.MaxNumber(other, most);
            TSimd.Store(maxima + groups, most);
            groups += TSimd.Width;
        }

        for (; i < scores.Count; i++) maxima[groups++] = scores.Key(i);
        return groups;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ListReaching<TKeys>(in ScoreRow row, float bound, float* keys, int* indices)
        where TKeys : struct, IKeys
    {
        ScoreRow scores = row;
        TVector bounds = TSimd.Create(bound);
        int found = 0, i = 0;
        for (; i <= scores.Count - 2 * TSimd.Width; i += 2 * TSimd.Width)
        {
            TVector key0 = KeyAt<TKeys>(scores, i), key1 = KeyAt<TKeys>(scores, i + TSimd.Width);
            TVector mask0 = TSimd.GreaterThanOrEqual(key0, bounds), mask1 = TSimd.GreaterThanOrEqual(key1, bounds);
            if ((TSimd.Bits(mask0) | TSimd.Bits(mask1)) == 0) continue;
            found += TSimd.Append(key0, mask0, i, keys + found, indices + found);
            found += TSimd.Append(key1, mask1, i + TSimd.Width, keys + found, indices + found);
        }

        for (; i < scores.Count; i++)
        {
            float key = scores.Key(i);
            if (!(key >= bound)) continue;
            keys[found] = key;
            indices[found++] = i;
        }

        return found;
    }

    /// <summary>
    /// A value that at least k of the values reach, and with luck no more than k + <paramref name="slack"/>; the k-th largest if that
    /// is 0 and there are ties. <paramref name="lowest"/> if fewer than k reach even that. Writes behind the values.
    /// </summary>
    /// <remarks>Bisects the bit patterns, which are ordered like the floats, and counts at each step.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Bound(float* values, int count, int k, int slack, float lowest)
    {
        TSimd.Store(values + count, TSimd.Create(float.NaN));
        TVector mosts = TSimd.Create(float.NegativeInfinity);
        for (int i = 0; i < count; i += TSimd.Width) mosts = TSimd.MaxNumber(TSimd.Load(values + i), mosts);
        float* lanes = stackalloc float[16];
        TSimd.Store(lanes, mosts);
        float most = lanes[0];
        for (int lane = 1; lane < TSimd.Width; lane++) most = Math.Max(most, lanes[lane]);

        uint low = RadixSelect.Key(lowest), high = RadixSelect.Key(most) + 1;
        if (CountReaching(values, count, lowest) <= k + slack) return lowest;
        // The k-th largest is seldom far below the largest: first look down from there, then bisect.
        for (uint distance = 1 << 21; high > low + distance; distance *= 4)
        {
            uint probe = high - distance;
            int reaching = CountReaching(values, count, RadixSelect.Value(probe));
            if (reaching >= k)
            {
                low = probe;
                if (reaching <= k + slack) return RadixSelect.Value(low);
                break;
            }

            high = probe;
            if (distance >= 1u << 30) break;
        }

        while (high - low > 1)
        {
            uint middle = low + (high - low) / 2;
            int reaching = CountReaching(values, count, RadixSelect.Value(middle));
            if (reaching < k)
            {
                high = middle;
                continue;
            }

            low = middle;
            if (reaching <= k + slack) break;
        }

        return RadixSelect.Value(low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CountReaching(float* values, int count, float bound)
    {
        TVector bounds = TSimd.Create(bound);
        int reaching = 0;
        for (int i = 0; i < count; i += TSimd.Width) reaching += BitOperations.PopCount(TSimd.Bits(TSimd.GreaterThanOrEqual(TSimd.Load(values + i), bounds)));
        return reaching;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector KeyAt<TKeys>(in ScoreRow row, int i)
        where TKeys : struct, IKeys => TKeys.Key(row, TKeys.Score(row, i), i);

    private readonly struct PlainKeys : IKeys
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Score(in ScoreRow row, int i) => TSimd.Load(row.Scores + i);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Key(in ScoreRow row, TVector score, int i) => score;
    }

    private readonly struct BiasedKeys : IKeys
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Score(in ScoreRow row, int i) => TSimd.Add(TSimd.Load(row.Scores + i), TSimd.Load(row.Bias + i));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Key(in ScoreRow row, TVector score, int i) => score;
    }

    private readonly struct WeightedKeys : IKeys
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Score(in ScoreRow row, int i) => row.Bias == null ? PlainKeys.Score(row, i) : BiasedKeys.Score(row, i);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Key(in ScoreRow row, TVector score, int i) => TSimd.Multiply(score, TSimd.Load(row.Weights + i));
    }
}
