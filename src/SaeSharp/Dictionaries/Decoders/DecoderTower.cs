using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Decoders;

/// <summary>A table [F, W] and the head behind it: everything of a decoder but its bias.</summary>
internal sealed class DecoderTower(Parameter table, DecoderHead head) : IDisposable
{
    /// <summary>T, [F, W]: decoder rows, or the projection U.</summary>
    public Parameter Table { get; } = table;

    public DecoderHead Head { get; } = head;

    /// <summary>Everything that is trained.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = [table, .. head.Parameters];

    /// <summary>x̂ = head(z T) + b.</summary>
    /// <param name="device">Where.</param>
    /// <param name="codes">[B, F]</param>
    /// <param name="bias">[1, D]</param>
    /// <param name="inner">Scratch, [B, W]; unused for a linear decoder.</param>
    /// <param name="reconstruction">[B, D]</param>
    public void Decode(Device device, CsrMatrix codes, MatrixView bias, MatrixView inner, MatrixView reconstruction)
    {
        if (Head.IsIdentity)
        {
            device.SpMM(codes, codes.ValueSpan, Table.Value, reconstruction, ColumnRange.All);
        }
        else
        {
            device.SpMM(codes, codes.ValueSpan, Table.Value, inner, ColumnRange.All);
            Head.Forward(inner, reconstruction);
        }

        device.AddRowVector(reconstruction, 1f, bias, reconstruction);
    }

    public void Dispose()
    {
        Table.Dispose();
        Head.Dispose();
    }
}
