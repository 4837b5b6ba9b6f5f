using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Decoders;

/// <summary>The published code's legacy mode: three projections side by side, products of their leading columns.</summary>
/// <remarks>
/// y = a₁C1ᵀ + λ₂ (a₁[:R2] ∘ a₂) C2ᵀ + λ₃ (a₁[:R3] ∘ a₂[:R3] ∘ a₃) C3ᵀ with a = [a₁ | a₂ | a₃]. Section 1.3 of the spec.
/// Here to read, check and continue what others trained; it is not the paper's model.
/// </remarks>
internal sealed class SeparatePolynomialHead(Device device, IReadOnlyList<Parameter> maps, IReadOnlyList<Parameter> lambdas) : DecoderHead
{
    private readonly int[] _ranks = [.. maps.Select(m => m.Value.Columns)];
    private Matrix? _pairs;
    private Matrix? _triples;
    private Matrix? _scratch;
    private Matrix? _product;

    public override IReadOnlyList<Parameter> Parameters { get; } = [.. maps, .. lambdas];

    public override int InnerWidth => _ranks.Sum();

    /// <summary>R1, R2, R3: columns of each projection.</summary>
    public IReadOnlyList<int> Ranks => _ranks;

    public override void Reserve(int rows)
    {
        if (maps.Count == 1 || _pairs?.Rows >= rows) return;
        ReleaseScratch();
        _pairs = device.Allocate(rows, _ranks[1]);
        _scratch = device.Allocate(rows, _ranks[1]);
        _product = device.Allocate(rows, _ranks[1]);
        if (maps.Count == 3) _triples = device.Allocate(rows, _ranks[2]);
    }

    public override void Forward(MatrixView a, MatrixView y)
    {
        LinearPart(a, y);
        if (maps.Count == 1) return;
        Reserve(a.Rows);
        MatrixView pairs = _pairs!.RowRange(0, a.Rows);
        device.Multiply(Block(a, 0, _ranks[1]), Block(a, 1, _ranks[1]), pairs);
        device.Gemm(GemmShape.NT, pairs, maps[1].Value, y, lambdas[0].Value[0, 0], 1f);
        if (maps.Count == 2) return;
        MatrixView triples = _triples!.RowRange(0, a.Rows);
        device.Multiply(pairs.LeadingColumns(_ranks[2]), Block(a, 2, _ranks[2]), triples);
        device.Gemm(GemmShape.NT, triples, maps[2].Value, y, lambdas[1].Value[0, 0], 1f);
    }

    public override void Backward(MatrixView a, MatrixView g, MatrixView da)
    {
        device.Fill(da, 0f);
        LinearGradient(a, g, da);
        if (maps.Count == 1) return;
        float lambda2 = lambdas[0].Value[0, 0];
        int r2 = _ranks[1];
        MatrixView q2 = BackwardTerm(1, _pairs!.RowRange(0, a.Rows), g);
        device.AddProduct(lambda2, Block(a, 1, r2), q2, Block(da, 0, r2));
        device.AddProduct(lambda2, Block(a, 0, r2), q2, Block(da, 1, r2));
        if (maps.Count == 2) return;
        float lambda3 = lambdas[1].Value[0, 0];
        int r3 = _ranks[2];
        MatrixView q3 = BackwardTerm(2, _triples!.RowRange(0, a.Rows), g);
        MatrixView product = _product!.RowRange(0, a.Rows).LeadingColumns(r3);
        device.AddProduct(lambda3, _pairs!.RowRange(0, a.Rows).LeadingColumns(r3), q3, Block(da, 2, r3));
        device.Multiply(Block(a, 2, r3), q3, product);
        device.AddProduct(lambda3, Block(a, 1, r3), product, Block(da, 0, r3));
        device.AddProduct(lambda3, Block(a, 0, r3), product, Block(da, 1, r3));
    }

    public override void LinearPart(MatrixView a, MatrixView y) => device.Gemm(GemmShape.NT, Block(a, 0, _ranks[0]), maps[0].Value, y);

    public override void LinearPartBackward(MatrixView a, MatrixView g, MatrixView da)
    {
        device.Fill(da, 0f);
        LinearGradient(a, g, da);
    }

    public override void ScaleOutput(float factor)
    {
        foreach (Parameter map in maps) device.Axpby(0f, map.Value, factor, map.Value);
    }

    public override void Dispose()
    {
        base.Dispose();
        ReleaseScratch();
    }

    private void LinearGradient(MatrixView a, MatrixView g, MatrixView da)
    {
        device.Gemm(GemmShape.TN, g, Block(a, 0, _ranks[0]), maps[0].Gradient, 1f, maps[0].TakeBeta());
        device.Gemm(GemmShape.NN, g, maps[0].Value, Block(da, 0, _ranks[0]));
    }

    private MatrixView BackwardTerm(int index, MatrixView features, MatrixView g)
    {
        Parameter lambda = lambdas[index - 1];
        device.Gemm(GemmShape.TN, g, features, maps[index].Gradient, lambda.Value[0, 0], maps[index].TakeBeta());
        MatrixView q = _scratch!.RowRange(0, g.Rows).LeadingColumns(_ranks[index]);
        device.Gemm(GemmShape.NN, g, maps[index].Value, q);
        float beta = lambda.TakeBeta();
        float slope = (float)device.Dot(q, features);
        lambda.Gradient[0, 0] = beta == 0f ? slope : lambda.Gradient[0, 0] + slope;
        return q;
    }

    /// <summary>The first <paramref name="count"/> columns of the part of a (or of the table) that projection <paramref name="index"/> fills.</summary>
    public unsafe MatrixView Block(MatrixView a, int index, int count)
    {
        int offset = 0;
        for (int i = 0; i < index; i++) offset += _ranks[i];
        return new MatrixView(a.Data + offset, a.Rows, count, a.Stride);
    }

    private void ReleaseScratch()
    {
        _pairs?.Dispose();
        _triples?.Dispose();
        _scratch?.Dispose();
        _product?.Dispose();
    }
}
