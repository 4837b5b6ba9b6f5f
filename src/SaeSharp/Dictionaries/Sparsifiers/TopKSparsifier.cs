using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Sparsifiers;

/// <summary>The k largest scores of a token; those that are not positive count as off.</summary>
internal sealed class TopKSparsifier(int k) : Sparsifier
{
    public override void Select(Device device, MatrixView scores, MatrixView bias, MatrixView weights, int firstRow, CsrMatrix codes) =>
        device.SelectTopK(scores, bias, weights, k, firstRow, codes);
}
