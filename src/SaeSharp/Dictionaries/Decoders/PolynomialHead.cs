using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries.Decoders;

/// <summary>PolySAE's decoder after the shared projection: y = a C1ᵀ + λ₂ (a₂∘a₂) C2ᵀ + λ₃ (a₃∘a₃∘a₃) C3ᵀ.</summary>
/// <remarks>Eq. 1.3 of the spec of PolySAE (arXiv 2602.01322); a₂, a₃ are leading columns of a, so the subspaces nest. Gradients: its section 1.5.</remarks>
internal sealed class PolynomialHead : DecoderHead
{
    private readonly Device _device;
    private readonly int[] _ranks;
    private Matrix? _squares;
    private Matrix? _cubes;
    private Matrix? _scratch;

    /// <param name="device">Where.</param>
    /// <param name="maps">C1 [D, R1], C2 [D, R2], C3 [D, R3], as many as the order.</param>
    /// <param name="lambdas">λ₂, λ₃ [1, 1], one fewer.</param>
    public PolynomialHead(Device device, IReadOnlyList<Parameter> maps, IReadOnlyList<Parameter> lambdas)
    {
        _device = device;
        Maps = maps;
        Lambdas = lambdas;
        _ranks = [.. maps.Select(m => m.Value.Columns)];
        Parameters = [.. maps, .. lambdas];
    }

    public IReadOnlyList<Parameter> Maps { get; }

    public IReadOnlyList<Parameter> Lambdas { get; }

    public override IReadOnlyList<Parameter> Parameters { get; }

    public override int InnerWidth => _ranks[0];

    /// <summary>1, 2 or 3.</summary>
    public int Order => _ranks.Length;

    private float Lambda2 => Lambdas[0].Value[0, 0];

    private float Lambda3 => Lambdas[1].Value[0, 0];

    public override void Reserve(int rows)
    {
        if (Order == 1 || _squares?.Rows >= rows) return;
        ReleaseScratch();
        _squares = _device.Allocate(rows, _ranks[1]);
        _scratch = _device.Allocate(rows, _ranks[1]);
        if (Order == 3) _cubes = _device.Allocate(rows, _ranks[2]);
    }

    public override void Forward(MatrixView a, MatrixView y)
    {
        LinearPart(a, y);
        if (Order == 1) return;
        Powers(a);
        _device.Gemm(GemmShape.NT, Squares(a.Rows), Maps[1].Value, y, Lambda2, 1f);
        if (Order == 3) _device.Gemm(GemmShape.NT, Cubes(a.Rows), Maps[2].Value, y, Lambda3, 1f);
    }

    public override void Backward(MatrixView a, MatrixView g, MatrixView da)
    {
        LinearPartBackward(a, g, da);
        if (Order == 1) return;
        BackwardTerm(1, Squares(a.Rows), g);
        MatrixView q2 = Scratch(a.Rows, _ranks[1]);
        _device.AddProduct(2f * Lambda2, a.LeadingColumns(_ranks[1]), q2, da.LeadingColumns(_ranks[1]));
        if (Order == 2) return;
        BackwardTerm(2, Cubes(a.Rows), g);
        MatrixView q3 = Scratch(a.Rows, _ranks[2]);
        _device.AddProduct(3f * Lambda3, Squares(a.Rows).LeadingColumns(_ranks[2]), q3, da.LeadingColumns(_ranks[2]));
    }

    public override void LinearPart(MatrixView a, MatrixView y) => _device.Gemm(GemmShape.NT, a, Maps[0].Value, y);

    public override void LinearPartBackward(MatrixView a, MatrixView g, MatrixView da)
    {
        _device.Gemm(GemmShape.TN, g, a, Maps[0].Gradient, 1f, Maps[0].TakeBeta());
        _device.Gemm(GemmShape.NN, g, Maps[0].Value, da);
    }

    public override void ScaleOutput(float factor)
    {
        foreach (Parameter map in Maps) _device.Axpby(0f, map.Value, factor, map.Value);
    }

    /// <summary>Σ‖λ₂ y₂‖² and Σ‖λ₃ y₃‖² over the tokens of a: what the pair and triple terms put into the reconstruction.</summary>
    /// <param name="a">[B, R1]</param>
    /// <param name="y">Scratch, [B, D].</param>
    public (double Quadratic, double Cubic) TermEnergies(MatrixView a, MatrixView y)
    {
        if (Order == 1) return (0, 0);
        Powers(a);
        _device.Gemm(GemmShape.NT, Squares(a.Rows), Maps[1].Value, y, Lambda2);
        double quadratic = _device.SumOfSquares(y);
        if (Order == 2) return (quadratic, 0);
        _device.Gemm(GemmShape.NT, Cubes(a.Rows), Maps[2].Value, y, Lambda3);
        return (quadratic, _device.SumOfSquares(y));
    }

    public override void Dispose()
    {
        base.Dispose();
        ReleaseScratch();
    }

    /// <summary>dC = λ Gᵀ p, dλ = ⟨G C, p⟩; leaves q = G C in the scratch.</summary>
    private void BackwardTerm(int index, MatrixView powers, MatrixView g)
    {
        Parameter map = Maps[index];
        Parameter lambda = Lambdas[index - 1];
        _device.Gemm(GemmShape.TN, g, powers, map.Gradient, lambda.Value[0, 0], map.TakeBeta());
        MatrixView q = Scratch(g.Rows, _ranks[index]);
        _device.Gemm(GemmShape.NN, g, map.Value, q);
        float beta = lambda.TakeBeta();
        float slope = (float)_device.Dot(q, powers);
        lambda.Gradient[0, 0] = beta == 0f ? slope : lambda.Gradient[0, 0] + slope;
    }

    private void Powers(MatrixView a)
    {
        Reserve(a.Rows);
        MatrixView a2 = a.LeadingColumns(_ranks[1]);
        _device.Multiply(a2, a2, Squares(a.Rows));
        if (Order == 3) _device.Multiply(a.LeadingColumns(_ranks[2]), Squares(a.Rows).LeadingColumns(_ranks[2]), Cubes(a.Rows));
    }

    private MatrixView Squares(int rows) => _squares!.RowRange(0, rows);

    private MatrixView Cubes(int rows) => _cubes!.RowRange(0, rows);

    private MatrixView Scratch(int rows, int columns) => _scratch!.RowRange(0, rows).LeadingColumns(columns);

    private void ReleaseScratch()
    {
        _squares?.Dispose();
        _cubes?.Dispose();
        _scratch?.Dispose();
    }
}
