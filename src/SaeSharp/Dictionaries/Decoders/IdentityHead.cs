using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Decoders;

/// <summary>A linear decoder: the table's rows are the directions.</summary>
internal sealed class IdentityHead(Parameter table) : DecoderHead
{
    public override int InnerWidth => table.Value.Columns;

    public override bool IsIdentity => true;

    public override void Forward(MatrixView a, MatrixView y) => table.Value.Device.Copy(a, y);

    public override void Backward(MatrixView a, MatrixView g, MatrixView da) => table.Value.Device.Copy(g, da);

    public override void LinearPart(MatrixView a, MatrixView y) => Forward(a, y);

    public override void LinearPartBackward(MatrixView a, MatrixView g, MatrixView da) => Backward(a, g, da);

    public override void ScaleOutput(float factor) => table.Value.Device.Axpby(0f, table.Value, factor, table.Value);
}
