using SaeSharp.Numerics;
using SaeSharp.Recipes;

namespace SaeSharp.Activations.Pipeline;

/// <summary>Decides which vectors may be trained on, and counts the others.</summary>
internal sealed class VectorFilter(Device device, DataSpec data)
{
    /// <summary>Measures the norms of a block.</summary>
    /// <exception cref="InputException">A vector is not finite; the message says where it stands.</exception>
    public void Measure(IVectorReader reader, VectorBlock block)
    {
        device.RowNorms(block.Vectors.RowRange(0, block.Count), block.Norms.LeadingColumns(block.Count));
        ReadOnlySpan<float> norms = block.Norms.Row(0)[..block.Count];
        for (int row = 0; row < norms.Length; row++)
        {
            if (!block.IsPadding[row] && !float.IsFinite(norms[row])) throw new InputException($"The vector at {reader.Describe(block, row)} is not finite (NaN or infinite values).");
        }
    }

    /// <summary>Lists the rows that stay.</summary>
    /// <param name="reader">Where the block came from, for messages.</param>
    /// <param name="block">The block, measured on the way.</param>
    /// <param name="calibration">The norms of the data.</param>
    public void Apply(IVectorReader reader, VectorBlock block, Calibration calibration)
    {
        Measure(reader, block);
        double limit = data.ExcludeNormOutliers ? data.OutlierFactor * calibration.MedianNorm : double.PositiveInfinity;
        (block.KeptCount, block.SpecialTokens, block.NormOutliers) = (0, 0, 0);
        ReadOnlySpan<float> norms = block.Norms.Row(0);
        for (int row = 0; row < block.Count; row++)
        {
            if (block.IsPadding[row]) continue;
            if (data.ExcludeSpecialTokens && block.IsSpecial[row]) block.SpecialTokens++;
            else if (norms[row] > limit) block.NormOutliers++;
            else block.Kept[block.KeptCount++] = row;
        }
    }
}
