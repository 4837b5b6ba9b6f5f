using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Sparsifiers;

/// <summary>Every positive score; also the gate of a gated encoder.</summary>
internal sealed class ReluSparsifier(Device device) : Sparsifier
{
    private readonly Matrix _zero = device.Allocate(1, 1);

    public override void Select(Device device, MatrixView scores, MatrixView bias, MatrixView weights, int firstRow, CsrMatrix codes) =>
        device.SelectAbove(scores, bias, default, _zero, firstRow, codes);

    public override void Dispose()
    {
        base.Dispose();
        _zero.Dispose();
    }
}
