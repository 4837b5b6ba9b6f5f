using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>What a dictionary's tensors must satisfy: unit rows of a linear decoder, orthonormal columns of PolySAE's U (or of the legacy mode's three).</summary>
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
    private Matrix? _prefixes;

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
        if (!_orthonormal) return 0;
        return dictionary.Decoder.Head is SeparatePolynomialHead head ? RestoreSeparate(head, table) : _device.Orthonormalize(table);
    }

    public void Dispose()
    {
        _overlap?.Dispose();
        _symmetric?.Dispose();
        _prefixes?.Dispose();
    }

    /// <summary>
    /// The legacy retraction: the first r columns of all projections (r the smallest rank) become orthonormal together, U1's first;
    /// then each projection on its own, which leaves those columns as they are.
    /// </summary>
    private double RestoreSeparate(SeparatePolynomialHead head, MatrixView table)
    {
        int rank = head.Ranks[^1];
        _prefixes ??= _device.Allocate(table.Rows, rank * head.Ranks.Count);
        for (int i = 0; i < head.Ranks.Count; i++) _device.Copy(head.Block(table, i, rank), Prefix(i, rank));
        double drift = _device.Orthonormalize(_prefixes);
        for (int i = 0; i < head.Ranks.Count; i++)
        {
            _device.Copy(Prefix(i, rank), head.Block(table, i, rank));
            if (head.Ranks[i] > rank) drift = Math.Max(drift, _device.Orthonormalize(head.Block(table, i, head.Ranks[i])));
        }

        return drift;
    }

    private unsafe MatrixView Prefix(int index, int rank)
    {
        MatrixView all = _prefixes!;
        return new MatrixView(all.Data + (index * rank), all.Rows, rank, all.Stride);
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
