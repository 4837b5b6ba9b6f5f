using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics.Cpu.Kernels;

internal abstract unsafe partial class RowKernels
{
    /// <summary>y = beta · y + Σ_e values[order[e]] · table[rows[e], :] over <paramref name="entries"/> entries; order null means e itself.</summary>
    public abstract void GatherSum(int entries, int* rows, float* values, int* order, float* table, long stride, int count, float beta, float* y);
}

internal sealed unsafe partial class RowKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void GatherSum(int entries, int* rows, float* values, int* order, float* table, long stride, int count, float beta, float* y)
    {
        if (beta == 0f) new Span<float>(y, count).Clear();
        else if (beta != 1f) Scale(count, beta, y);
        for (int e = 0; e < entries; e++)
        {
            float value = values[order == null ? e : order[e]];
            AddScaled(count, y, value, table + rows[e] * stride, y);
        }
    }
}
