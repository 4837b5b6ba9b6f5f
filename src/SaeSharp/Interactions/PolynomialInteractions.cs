using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>What a polynomial decoder says about combinations of latents: directions and strengths of pairs and triples, and marginal directions.</summary>
/// <remarks>
/// <para>β_ij = C2(u_i ∘ u_j), γ_ijk = C3(u_i ∘ u_j ∘ u_k) with the leading R2 and R3 entries of U's rows; both are symmetric in their latents.
/// Section 1.4 of the PolySAE spec (arXiv 2602.01322).</para>
/// <para>Looks at the weights as they are when it is made; make a new one after training on. Does not own the dictionary. Not thread-safe.</para>
/// </remarks>
public sealed class PolynomialInteractions : IDisposable
{
    private readonly SparseDictionary _dictionary;
    private readonly PolynomialHead _head;
    private readonly GramFactor _pairGram;
    private readonly GramFactor? _tripleGram;
    private readonly Matrix _pairFactor;
    private readonly Matrix? _tripleFactor;
    private Matrix? _jacobian;

    /// <summary>Factorises the output maps of a dictionary.</summary>
    /// <exception cref="InputException">The decoder has no shared projection with pair terms.</exception>
    public PolynomialInteractions(SparseDictionary dictionary)
    {
        _dictionary = dictionary;
        string name = dictionary.Spec.Name;
        if (dictionary.Decoder.Head is not PolynomialHead head)
        {
            throw new InputException(dictionary.Spec.Decoder.Kind == DecoderKind.Linear
                ? $"The dictionary '{name}' has a linear decoder, which has no interactions; expected a polynomial decoder of order 2 or 3."
                : $"The dictionary '{name}' has separate projections; interactions are defined for a polynomial decoder with shared_projection: true.");
        }

        if (head.Order < 2) throw new InputException($"The dictionary '{name}' has a polynomial decoder of order 1, which has no interactions; expected order 2 or 3.");
        _head = head;
        _pairGram = GramFactor.Of(head.Maps[1].Value);
        _pairFactor = _pairGram.ToMatrix(Device);
        if (head.Order < 3) return;
        _tripleGram = GramFactor.Of(head.Maps[2].Value);
        _tripleFactor = _tripleGram.ToMatrix(Device);
    }

    /// <summary>Where the numbers are.</summary>
    public Device Device => _dictionary.Device;

    /// <summary>Number of latents F.</summary>
    public int Latents => _dictionary.Latents;

    /// <summary>Width D of the vectors.</summary>
    public int Width => _dictionary.Width;

    /// <summary>2 or 3.</summary>
    public int Order => _head.Order;

    /// <summary>λ₂, the factor of all pair terms.</summary>
    public double Lambda2 => _head.Lambdas[0].Value[0, 0];

    /// <summary>λ₃, the factor of all triple terms; 0 without them.</summary>
    public double Lambda3 => Order == 3 ? _head.Lambdas[1].Value[0, 0] : 0;

    internal SparseDictionary Dictionary => _dictionary;

    internal PolynomialHead Head => _head;

    /// <summary>[F, R1]</summary>
    internal MatrixView Table => _dictionary.Decoder.Table.Value;

    /// <summary>[F, R2]</summary>
    internal MatrixView PairTable => Table.LeadingColumns(_head.Maps[1].Value.Columns);

    /// <summary>[R2, rank of C2]</summary>
    internal MatrixView PairFactor => _pairFactor;

    /// <summary>[F, R3]</summary>
    internal MatrixView TripleTable => Table.LeadingColumns(Cubic().Value.Columns);

    /// <summary>[R3, rank of C3]</summary>
    internal MatrixView TripleFactor => _tripleFactor ?? throw NoTriples();

    /// <summary>‖β_ij‖ in double, by the Gram factor: R2² operations.</summary>
    public double PairStrength(int i, int j) => _pairGram.Norm(Product(_pairGram.Size, i, j));

    /// <summary>‖γ_ijk‖ in double, by the Gram factor.</summary>
    /// <exception cref="InputException">The decoder has no cubic term.</exception>
    public double TripleStrength(int i, int j, int k)
    {
        GramFactor gram = _tripleGram ?? throw NoTriples();
        return gram.Norm(Product(gram.Size, i, j, k));
    }

    /// <summary>β_ij = C2(u_i ∘ u_j), not scaled to norm one and without λ₂.</summary>
    /// <param name="i">A latent.</param>
    /// <param name="j">Another one, or the same (the self term).</param>
    /// <param name="direction">[D]</param>
    public void PairDirection(int i, int j, Span<float> direction) => Map(_head.Maps[1].Value, Product(_pairGram.Size, i, j), 1, direction);

    /// <summary>γ_ijk = C3(u_i ∘ u_j ∘ u_k), not scaled to norm one and without λ₃.</summary>
    /// <param name="i">A latent.</param>
    /// <param name="j">Another one, or the same.</param>
    /// <param name="k">Another one, or the same.</param>
    /// <param name="direction">[D]</param>
    /// <exception cref="InputException">The decoder has no cubic term.</exception>
    public void TripleDirection(int i, int j, int k, Span<float> direction) => Map(Cubic().Value, Product(_tripleGram!.Size, i, j, k), 1, direction);

    /// <summary>What a pair of active latents adds to the reconstruction of a token: 2λ₂ z_i z_j β_ij, or λ₂ z_i² β_ii for i = j.</summary>
    /// <param name="i">A latent.</param>
    /// <param name="j">Another one, or the same.</param>
    /// <param name="zi">Its activation.</param>
    /// <param name="zj">The other's activation.</param>
    /// <param name="contribution">[D]</param>
    public void PairContribution(int i, int j, double zi, double zj, Span<float> contribution) =>
        Map(_head.Maps[1].Value, Product(_pairGram.Size, i, j), (i == j ? 1 : 2) * Lambda2 * zi * zj, contribution);

    /// <summary>What a triple of distinct active latents adds to the reconstruction of a token: 6λ₃ z_i z_j z_k γ_ijk.</summary>
    /// <exception cref="ArgumentException">The latents are not distinct.</exception>
    /// <exception cref="InputException">The decoder has no cubic term.</exception>
    public void TripleContribution(InteractionTriple triple, double zi, double zj, double zk, Span<float> contribution)
    {
        (int i, int j, int k, _) = triple;
        if (i == j || j == k || i == k) throw new ArgumentException("The three latents must differ.", nameof(triple));
        Map(Cubic().Value, Product(_tripleGram!.Size, i, j, k), 6 * Lambda3 * zi * zj * zk, contribution);
    }

    /// <summary>∂x̂/∂z_i at one token: the direction in which a latent acts there, given what else is active.</summary>
    /// <param name="codes">Codes of a batch, [B, F].</param>
    /// <param name="row">The token.</param>
    /// <param name="latents">Which latents; they need not be active.</param>
    /// <param name="directions">[latents, D]</param>
    /// <remarks>(C1 + 2λ₂ C2 diag(a₂) + 3λ₃ C3 diag(a₃²)) u_i. At z = 0 it is the linear direction α_i.</remarks>
    public void MarginalDirections(CsrMatrix codes, int row, ReadOnlySpan<int> latents, MatrixView directions)
    {
        double[] a = Projection(codes, row);
        _jacobian ??= Device.Allocate(Width, Table.Columns);
        Device.Copy(_head.Maps[0].Value, _jacobian);
        AddScaledColumns(_head.Maps[1].Value, r => 2 * Lambda2 * a[r]);
        if (Order == 3) AddScaledColumns(_head.Maps[2].Value, r => 3 * Lambda3 * a[r] * a[r]);
        using Matrix rows = Device.Allocate(latents.Length, Table.Columns);
        Device.GatherRows(Table, latents, rows);
        Device.Gemm(GemmShape.NT, rows, _jacobian, directions);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pairFactor.Dispose();
        _tripleFactor?.Dispose();
        _jacobian?.Dispose();
    }

    private static void Map(Matrix map, ReadOnlySpan<double> product, double scale, Span<float> output)
    {
        if (output.Length != map.Rows) throw new ArgumentException($"Expected room for {map.Rows} numbers.", nameof(output));
        for (int d = 0; d < output.Length; d++)
        {
            ReadOnlySpan<float> row = map.Row(d);
            double sum = 0;
            for (int r = 0; r < row.Length; r++) sum += row[r] * product[r];
            output[d] = (float)(scale * sum);
        }
    }

    private double[] Product(int rank, params ReadOnlySpan<int> latents)
    {
        double[] product = new double[rank];
        Array.Fill(product, 1);
        foreach (int latent in latents)
        {
            ReadOnlySpan<float> row = Table.Row(latent);
            for (int r = 0; r < rank; r++) product[r] *= row[r];
        }

        return product;
    }

    /// <summary>a = z U for one token, [R1].</summary>
    private double[] Projection(CsrMatrix codes, int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)codes.Rows, nameof(row));
        double[] a = new double[Table.Columns];
        for (int e = codes.RowPointerSpan[row]; e < codes.RowPointerSpan[row + 1]; e++)
        {
            double z = codes.ValueSpan[e];
            ReadOnlySpan<float> u = Table.Row(codes.ColumnIndexSpan[e]);
            for (int r = 0; r < u.Length; r++) a[r] += z * u[r];
        }

        return a;
    }

    private void AddScaledColumns(Matrix map, Func<int, double> scale)
    {
        float[] scales = [.. Enumerable.Range(0, map.Columns).Select(r => (float)scale(r))];
        for (int d = 0; d < map.Rows; d++)
        {
            Span<float> target = _jacobian!.Row(d);
            ReadOnlySpan<float> source = map.Row(d);
            for (int r = 0; r < source.Length; r++) target[r] += scales[r] * source[r];
        }
    }

    private Parameter Cubic() => Order == 3 ? _head.Maps[2] : throw NoTriples();

    private InputException NoTriples() =>
        new($"The dictionary '{_dictionary.Spec.Name}' has a polynomial decoder of order 2, which has no triples; expected order 3.");
}
