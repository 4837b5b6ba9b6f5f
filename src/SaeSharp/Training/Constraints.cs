using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>What a dictionary's tensors must satisfy: unit rows of a linear decoder, orthonormal columns of PolySAE's U.</summary>
internal sealed class Constraints(SparseDictionary dictionary) : IDisposable
{
    /// <summary>Added to norms, as dictionary_learning does.</summary>
    private const float NormEpsilon = 1.1920929e-7f;

    private readonly Device _device = dictionary.Device;
    private readonly bool _unitRows = dictionary.Spec.Decoder is { Kind: DecoderKind.Linear, Rows: DecoderRows.Unit };
    private readonly bool _orthonormal = dictionary.Spec.Decoder is { Kind: DecoderKind.Polynomial, Retraction: true };
    private readonly bool _tangent = dictionary.Spec.Decoder is { Kind: DecoderKind.Polynomial, TangentProjection: true };
    private Matrix? _overlap;
    private Matrix? _symmetric;

    /// <summary>Before clipping: removes from gradients what the constraint would undo.</summary>
    public void ProjectGradients()
    {
        DecoderTower decoder = dictionary.Decoder;
        if (_unitRows && decoder.Table.HasGradient) _device.ProjectOutRows(decoder.Table.Gradient, decoder.Table.Value, NormEpsilon);
        if (_tangent && decoder.Table.HasGradient) ProjectToTangent(decoder.Table);
    }

    /// <summary>After the optimiser: back onto the constraint.</summary>
    /// <returns>The drift of U that the retraction found.</returns>
    public double Restore()
    {
        Matrix table = dictionary.Decoder.Table.Value;
        if (_unitRows) _device.NormalizeRows(table, NormEpsilon);
        return _orthonormal ? _device.Orthonormalize(table) : 0;
    }

    public void Dispose()
    {
        _overlap?.Dispose();
        _symmetric?.Dispose();
    }

    /// <summary>g ← g − U · sym(Uᵀ g): the tangent space of the matrices with orthonormal columns.</summary>
    private void ProjectToTangent(Parameter table)
    {
        int rank = table.Value.Columns;
        _overlap ??= _device.Allocate(rank, rank);
        _symmetric ??= _device.Allocate(rank, rank);
        _device.Gemm(GemmShape.TN, table.Value, table.Gradient, _overlap, 0.5f);
        _device.Gemm(GemmShape.TN, table.Gradient, table.Value, _symmetric, 0.5f);
        _device.Axpby(1f, _overlap, 1f, _symmetric);
        _device.Gemm(GemmShape.NN, table.Value, _symmetric, table.Gradient, -1f, 1f);
    }
}
