using SaeSharp.Dictionaries;

namespace SaeSharp.Tests.Training.Reference;

/// <summary>The training loss of a dictionary in plain double loops, term by term; constants that training detaches are frozen at the point of departure.</summary>
internal sealed class NaiveLoss
{
    private readonly DictionarySpec _spec;
    private readonly NaiveDictionary _model;
    private readonly double[] _x;
    private readonly bool[] _dead;
    private readonly double[] _residual;
    private readonly double _residualVariance;
    private readonly double[] _gateDecoder;
    private readonly double[] _gateBias;

    /// <param name="spec">Description; every coefficient at its full value.</param>
    /// <param name="model">Forward pass; its parameters are what is differentiated.</param>
    /// <param name="x">Vectors, [B, D].</param>
    /// <param name="dead">Which latents count as dead.</param>
    public NaiveLoss(DictionarySpec spec, NaiveDictionary model, double[] x, bool[] dead)
    {
        _spec = spec;
        _model = model;
        _x = x;
        _dead = dead;
        double[] reconstruction = model.Decode(model.Codes(model.Scores()), model.F);
        _residual = [.. x.Select((v, i) => v - reconstruction[i])];
        double[] means = [.. Enumerable.Range(0, model.D).Select(d => Enumerable.Range(0, model.B).Average(b => _residual[(b * model.D) + d]))];
        _residualVariance = _residual.Select((e, i) => (e - means[i % model.D]) * (e - means[i % model.D])).Sum();
        _gateDecoder = model.Parameters.TryGetValue("W_dec", out double[]? table) ? [.. table] : [];
        _gateBias = [.. model.Parameters["b_dec"]];
    }

    public double Total()
    {
        double[] h = _model.Scores();
        return TermsOfCodes(h, _model.Codes(h)) + Gate(h) + AuxK(h) + PreActivation(h) + StepPenalty(h);
    }

    /// <summary>Every term that sees the codes z: reconstruction at each level, and L1 or tanh penalties of z.</summary>
    public double TermsOfCodes(double[] h, double[] z) => Outer(z) + Inner(z) + PenaltyOfCodes(z) + (0 * h[0]);

    /// <summary>Squared error of the whole dictionary, weighted.</summary>
    public double Outer(double[] z) => Weight(Levels.Length - 1) * SquaredError(_model.Decode(z, _model.F));

    /// <summary>Squared errors of the inner Matryoshka levels, weighted.</summary>
    public double Inner(double[] z)
    {
        bool linear = _model.IsPolynomial && _spec.Matryoshka.Inner == MatryoshkaInner.Linear;
        double sum = 0;
        for (int level = 0; level < Levels.Length - 1; level++) sum += Weight(level) * SquaredError(_model.Decode(z, Levels[level], linear));
        return sum;
    }

    /// <summary>L1 of a ReLU SAE's codes, or SAELens' tanh penalty of a JumpReLU's.</summary>
    public double PenaltyOfCodes(double[] z)
    {
        SparsifierSpec s = _spec.Sparsifier;
        if (_model.IsGated) return 0;
        double[] norms = _model.DirectionNorms();
        if (s.Kind == SparsifierKind.Relu)
            return s.L1Coefficient / _model.B * z.Select((v, i) => v * (s.L1ByDecoderNorm ? norms[i % _model.F] : 1)).Sum();
        if (s.Kind == SparsifierKind.JumpRelu && s.L0Penalty == L0Penalty.Tanh)
            return s.L0Coefficient / _model.B * z.Select((v, i) => Math.Tanh(s.TanhScale * v * norms[i % _model.F])).Sum();
        return 0;
    }

    /// <summary>λ L0 or λ (L0 / target − 1)²: constant almost everywhere, trained through the rectangle kernel only.</summary>
    public double StepPenalty(double[] h)
    {
        SparsifierSpec s = _spec.Sparsifier;
        if (_model.IsGated || s.Kind != SparsifierKind.JumpRelu) return 0;
        double l0 = _model.Codes(h).Count(z => z != 0) / (double)_model.B;
        return s.L0Penalty switch
        {
            L0Penalty.Step => s.L0Coefficient * l0,
            L0Penalty.Target => s.L0Coefficient * Math.Pow((l0 / s.TargetL0) - 1, 2),
            _ => 0,
        };
    }

    /// <summary>Gated SAE: ReLU(π) must reconstruct through the decoder (live, or detached with its bias), and pays L1.</summary>
    public double Gate(double[] h) => GateReconstruction(h) + GateL1(h);

    public double GateReconstruction(double[] h)
    {
        if (!_model.IsGated) return 0;
        bool live = _spec.Encoder.GateTrainsDecoder;
        double[] table = live ? _model.Parameters["W_dec"] : _gateDecoder;
        double[] bias = live ? _model.Parameters["b_dec"] : _gateBias;
        double[] output = new double[_x.Length];
        for (int b = 0; b < _model.B; b++)
        {
            for (int d = 0; d < _model.D; d++)
            {
                output[(b * _model.D) + d] = bias[d];
                for (int f = 0; f < _model.F; f++) output[(b * _model.D) + d] += Math.Max(0, h[(b * _model.F) + f]) * table[(f * _model.D) + d];
            }
        }

        return SquaredError(output);
    }

    public double GateL1(double[] h)
    {
        if (!_model.IsGated) return 0;
        double[] norms = _model.DirectionNorms();
        SparsifierSpec s = _spec.Sparsifier;
        return s.L1Coefficient / _model.B * h.Select((v, i) => Math.Max(0, v) * (s.L1ByDecoderNorm ? norms[i % _model.F] : 1)).Sum();
    }

    /// <summary>Section 2.2 of the PolySAE spec (published), or OpenAI's normalised form as dictionary_learning has it (sound).</summary>
    public double AuxK(double[] h)
    {
        int deadCount = _dead.Count(d => d);
        AuxKSpec aux = _spec.AuxK;
        bool selects = !_model.IsGated && _spec.Sparsifier.Kind is SparsifierKind.TopK or SparsifierKind.BatchTopK;
        if (!selects || aux.Rule == AuxKRule.Off || deadCount == 0) return 0;
        int half = aux.K > 0 ? aux.K : _model.D / 2;
        bool published = aux.Rule == AuxKRule.Published;
        double[]? weights = _spec.Sparsifier.RescaleByDecoderNorm ? _model.UnitNorms() : null;
        double sum = 0;
        for (int b = 0; b < _model.B; b++)
        {
            double[] z = new double[_model.F];
            int[] chosen = [.. Enumerable.Range(0, _model.F).Where(f => _dead[f])
                .OrderByDescending(f => h[(b * _model.F) + f] * (weights?[f] ?? 1)).Take(Math.Min(half, deadCount))];
            foreach (int f in chosen) z[f] = published ? h[(b * _model.F) + f] : Math.Max(0, h[(b * _model.F) + f]);
            double[] y = _model.DecodeToken(z, linearOnly: !published);
            for (int d = 0; d < _model.D; d++)
            {
                double difference = y[d] + (published ? _model.Parameters["b_dec"][d] : 0) - _residual[(b * _model.D) + d];
                sum += difference * difference;
            }
        }

        double scale = published ? Math.Min(1.0, deadCount / (double)half) / _model.B : 1 / _residualVariance;
        return (aux.Coefficient ?? (published ? 1 : 1.0 / 32)) * scale * sum;
    }

    /// <summary>SAELens' pre-activation loss: c / B · Σ over dead latents of max(0, θ − h) ‖α‖.</summary>
    public double PreActivation(double[] h)
    {
        SparsifierSpec s = _spec.Sparsifier;
        if (_model.IsGated || s.Kind != SparsifierKind.JumpRelu || s.PreActivationCoefficient == 0) return 0;
        double[] theta = _model.Thresholds();
        double[] norms = _model.DirectionNorms();
        return s.PreActivationCoefficient / _model.B
            * h.Select((v, i) => _dead[i % _model.F] ? Math.Max(0, theta[i % _model.F] - v) * norms[i % _model.F] : 0).Sum();
    }

    private int[] Levels => [.. _spec.Matryoshka.Widths.Where(w => w < _model.F), _model.F];

    private double Weight(int level) => _spec.Matryoshka.Weights.Count == 0 ? 1 : _spec.Matryoshka.Weights[level];

    private double SquaredError(double[] output) => output.Select((v, i) => (v - _x[i]) * (v - _x[i])).Sum() / _model.B;
}
