using SaeSharp.Dictionaries;

namespace SaeSharp.Tests.Training.Reference;

/// <summary>
/// A dictionary in plain double loops, written from the formulas (papers cited at each): scores, codes and reconstructions of dense codes.
/// Shares nothing with the product but the names and layouts of tensors.
/// </summary>
internal sealed class NaiveDictionary
{
    private readonly DictionarySpec _spec;
    private readonly double[] _x;

    public NaiveDictionary(DictionarySpec spec, IReadOnlyDictionary<string, double[]> parameters, double[] x, int width)
    {
        _spec = spec;
        Parameters = parameters;
        _x = x;
        D = width;
        B = x.Length / width;
        F = spec.Latents;
        Ranks = spec.Decoder.Kind == DecoderKind.Polynomial ? [.. spec.Decoder.Ranks.Take(spec.Decoder.Order)] : [];
    }

    public IReadOnlyDictionary<string, double[]> Parameters { get; }

    public int B { get; }

    public int D { get; }

    public int F { get; }

    public int[] Ranks { get; }

    public bool IsPolynomial => Ranks.Length > 0;

    public bool IsGated => _spec.Encoder.Kind == EncoderKind.Gated;

    /// <summary>W s, [B, F], with s = x − b_dec (or x).</summary>
    public double[] Products()
    {
        double[] w = Parameters["W_enc"];
        double[] bias = Parameters["b_dec"];
        double[] products = new double[B * F];
        for (int b = 0; b < B; b++)
        {
            for (int f = 0; f < F; f++)
            {
                for (int d = 0; d < D; d++)
                {
                    double s = _x[(b * D) + d] - (_spec.Encoder.SubtractDecoderBias ? bias[d] : 0);
                    products[(b * F) + f] += w[(f * D) + d] * s;
                }
            }
        }

        return products;
    }

    /// <summary>h = W s + b, or the gate's π = W s + b_gate.</summary>
    public double[] Scores()
    {
        double[] bias = Parameters[IsGated ? "b_gate" : "b_enc"];
        double[] scores = Products();
        for (int i = 0; i < scores.Length; i++) scores[i] += bias[i % F];
        return scores;
    }

    /// <summary>θ of a JumpReLU.</summary>
    public double[] Thresholds() => Parameters.TryGetValue("log_threshold", out double[]? log) ? [.. log.Select(Math.Exp)] : Parameters["threshold"];

    /// <summary>Codes by the rule of training (section 1.2 of the PolySAE spec; JumpReLU and gated SAEs as Rajamanoharan et al. write them).</summary>
    public double[] Codes(double[] h)
    {
        double[] z = new double[B * F];
        if (IsGated)
        {
            double[] products = Products();
            for (int i = 0; i < z.Length; i++)
            {
                int f = i % F;
                double magnitude = (products[i] * Math.Exp(Parameters["r_mag"][f])) + Parameters["b_mag"][f];
                z[i] = h[i] > 0 ? Math.Max(0, magnitude) : 0;
            }

            return z;
        }

        SparsifierSpec sparsifier = _spec.Sparsifier;
        switch (sparsifier.Kind)
        {
            case SparsifierKind.TopK:
                for (int b = 0; b < B; b++) Keep(h, z, Enumerable.Range(b * F, F), (int)sparsifier.K);
                break;
            case SparsifierKind.BatchTopK:
                Keep(h, z, Enumerable.Range(0, B * F), (int)(sparsifier.K * B));
                break;
            case SparsifierKind.JumpRelu:
                double[] theta = Thresholds();
                for (int i = 0; i < z.Length; i++) z[i] = h[i] > theta[i % F] ? h[i] : 0;
                break;
            default:
                for (int i = 0; i < z.Length; i++) z[i] = Math.Max(0, h[i]);
                break;
        }

        return z;
    }

    /// <summary>Norm of what one unit of a latent alone decodes to (self terms included, no bias).</summary>
    public double[] UnitNorms()
    {
        double[] norms = new double[F];
        for (int f = 0; f < F; f++)
        {
            double[] z = new double[F];
            z[f] = 1;
            norms[f] = Math.Sqrt(DecodeToken(z).Sum(v => v * v));
        }

        return norms;
    }

    /// <summary>‖α_f‖ of the linear directions.</summary>
    public double[] DirectionNorms()
    {
        double[] norms = new double[F];
        for (int f = 0; f < F; f++)
        {
            double[] z = new double[F];
            z[f] = 1;
            norms[f] = Math.Sqrt(DecodeToken(z, linearOnly: true).Sum(v => v * v));
        }

        return norms;
    }

    /// <summary>Reconstructions of dense codes [B, F]: the first <paramref name="prefix"/> latents, with b_dec.</summary>
    /// <param name="z">Codes.</param>
    /// <param name="prefix">How many latents count.</param>
    /// <param name="innerTable">Whether the separate linear table of the published PolyMatryoshka decodes.</param>
    public double[] Decode(double[] z, int prefix, bool innerTable = false)
    {
        double[] output = new double[B * D];
        for (int b = 0; b < B; b++)
        {
            double[] token = z.AsSpan(b * F, F).ToArray();
            Array.Clear(token, prefix, F - prefix);
            double[] y = innerTable ? Linear(token, Parameters["W_dec"], D) : DecodeToken(token);
            for (int d = 0; d < D; d++) output[(b * D) + d] = y[d] + Parameters["b_dec"][d];
        }

        return output;
    }

    /// <summary>One token's x̂ − b_dec: eq. 1.3 of the PolySAE spec, or Σ z_f d_f.</summary>
    public double[] DecodeToken(double[] z, bool linearOnly = false)
    {
        if (!IsPolynomial) return Linear(z, Parameters["W_dec"], D);
        bool shared = _spec.Decoder.SharedProjection;
        int width = shared ? Ranks[0] : Ranks.Sum();
        double[] a = Linear(z, Parameters["U"], width);
        double[] y = new double[D];
        int order = linearOnly ? 1 : Ranks.Length;
        for (int o = 0; o < order; o++)
        {
            double[] map = Parameters[$"C{o + 1}"];
            double lambda = o == 0 ? 1 : Parameters[$"lambda{o + 1}"][0];
            for (int r = 0; r < Ranks[o]; r++)
            {
                // Shared: a_r to the power; separate: the product of the r-th columns of the first projections.
                double feature = 1;
                for (int p = 0; p <= o; p++) feature *= shared ? a[r] : a[Ranks.Take(p).Sum() + r];
                for (int d = 0; d < D; d++) y[d] += lambda * map[(d * Ranks[o]) + r] * feature;
            }
        }

        return y;
    }

    private static double[] Linear(double[] z, double[] table, int width)
    {
        double[] y = new double[width];
        for (int f = 0; f < z.Length; f++)
        {
            for (int w = 0; w < width && z[f] != 0; w++) y[w] += z[f] * table[(f * width) + w];
        }

        return y;
    }

    private void Keep(double[] h, double[] z, IEnumerable<int> among, int k)
    {
        double[]? weights = _spec.Sparsifier.RescaleByDecoderNorm ? UnitNorms() : null;
        foreach (int i in among.OrderByDescending(i => h[i] * (weights?[i % F] ?? 1)).Take(k)) z[i] = Math.Max(0, h[i]);
    }
}
