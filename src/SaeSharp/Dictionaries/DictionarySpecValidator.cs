namespace SaeSharp.Dictionaries;

/// <summary>Refuses descriptions that make no sense, with a sentence that says why.</summary>
internal static class DictionarySpecValidator
{
    internal static void Validate(DictionarySpec spec, int width)
    {
        string where = $"dictionary '{spec.Name}'";
        Require(spec.Name.Length > 0 && spec.Name.IndexOfAny(['/', '\\', '\0']) < 0 && spec.Name is not ("." or ".."),
            $"The name of {where} must be a plain folder name.");
        Require(spec.Latents is > 0 and <= 1 << 28, $"latents of {where} is {spec.Latents}; expected 1 to {1 << 28}.");
        ValidateSparsifier(spec, where);
        ValidateDecoder(spec, width, where);
        ValidateMatryoshka(spec, where);
        AuxKSpec aux = spec.AuxK;
        Require(aux.K >= 0 && aux.DeadAfterSteps >= 0 && aux.DeadAfterTokens >= 0, $"aux_k.k, dead_after_steps and dead_after_tokens of {where} must not be negative.");
        Require(aux.Coefficient is null or >= 0, $"aux_k.coefficient of {where} is {aux.Coefficient}; expected 0 or more.");
        if (spec.Encoder.Kind == EncoderKind.Gated)
        {
            Require(spec.Decoder.Kind == DecoderKind.Linear, $"{where} has a gated encoder and a polynomial decoder; the gated auxiliary loss needs a linear decoder.");
            Require(spec.Matryoshka.Widths.Count == 0, $"{where} has a gated encoder and matryoshka.widths; prefixes are defined for topk and batchtopk only.");
        }
    }

    private static void ValidateSparsifier(DictionarySpec spec, string where)
    {
        SparsifierSpec s = spec.Sparsifier;
        if (spec.Encoder.Kind == EncoderKind.Linear && s.Kind is SparsifierKind.TopK or SparsifierKind.BatchTopK)
        {
            Require(double.IsFinite(s.K) && s.K > 0, $"k of {where} is {s.K}; expected a positive number.");
            Require(s.K <= spec.Latents, $"k of {where} is {s.K}, more than its {spec.Latents} latents.");
            Require(s.Kind != SparsifierKind.TopK || s.K == Math.Floor(s.K), $"k of {where} is {s.K}; topk needs a whole number (batchtopk takes fractions).");
        }

        Require(s.L1Coefficient >= 0 && s.L0Coefficient >= 0 && s.PreActivationCoefficient >= 0, $"Coefficients of {where} must not be negative.");
        Require(s.Bandwidth > 0, $"bandwidth of {where} is {s.Bandwidth}; expected a positive number.");
        Require(s.TanhScale > 0, $"tanh_scale of {where} is {s.TanhScale}; expected a positive number.");
        Require(s.TargetL0 > 0, $"target_l0 of {where} is {s.TargetL0}; expected a positive number.");
        Require(s.WarmUpSteps >= 0 && s.AnnealSteps >= 0 && s.ThresholdStart >= 0, $"Step counts of {where} must not be negative.");
        Require(s.ThresholdRate is > 0 and <= 1, $"threshold_rate of {where} is {s.ThresholdRate}; expected more than 0, at most 1.");
        Require(s.ThresholdParameter != ThresholdParameter.Log || s.InitialThreshold > 0, $"initial_threshold of {where} must be positive when its logarithm is trained.");
        if (s.RescaleByDecoderNorm)
        {
            Require(spec.Encoder.Kind == EncoderKind.Linear && s.Kind is SparsifierKind.TopK or SparsifierKind.BatchTopK,
                $"rescale_by_decoder_norm of {where} only changes which scores win in topk and batchtopk.");
        }
    }

    private static void ValidateDecoder(DictionarySpec spec, int width, string where)
    {
        DecoderSpec d = spec.Decoder;
        Require(d.InitialNorm > 0 && double.IsFinite(d.InitialNorm), $"initial_norm of {where} is {d.InitialNorm}; expected a positive number.");
        if (d.Kind == DecoderKind.Linear) return;
        Require(d.Order is >= 1 and <= 3, $"order of {where} is {d.Order}; expected 1, 2 or 3.");
        Require(d.Rows == DecoderRows.Free, $"rows: unit of {where} is for linear decoders; a polynomial decoder's U is orthonormal instead.");
        Require(d.Ranks.Count <= 3, $"ranks of {where} has {d.Ranks.Count} numbers; expected one an order, three at most.");
        Require(double.IsFinite(d.Lambda2) && double.IsFinite(d.Lambda3), $"lambda2 and lambda3 of {where} are {d.Lambda2} and {d.Lambda3}; expected finite numbers.");
        IReadOnlyList<int> ranks = DecoderRanks.Resolve(d, width);
        string text = string.Join(", ", ranks);
        Require(ranks.All(r => r > 0), $"ranks of {where} are {text}; each must be positive.");
        for (int i = 1; i < ranks.Count; i++)
            Require(ranks[i] <= ranks[i - 1], $"ranks of {where} are {text}; expected R1 ≥ R2 ≥ R3, because higher orders use leading columns of U.");
        Require(spec.Latents >= ranks[0], $"R1 of {where} is {ranks[0]}, more than its {spec.Latents} latents: U cannot have orthonormal columns.");
        Require(d.SharedProjection || spec.Latents >= ranks[^1] * ranks.Count,
            $"ranks of {where} are {text}; with shared_projection: false the first {ranks[^1]} columns of {ranks.Count} projections are orthonormal together, too many for {spec.Latents} latents.");
        Require(d.SharedProjection || !d.TangentProjection, $"tangent_projection of {where} needs shared_projection: true.");
    }

    private static void ValidateMatryoshka(DictionarySpec spec, string where)
    {
        IReadOnlyList<int> widths = spec.Matryoshka.Widths;
        for (int i = 0; i < widths.Count; i++)
        {
            Require(widths[i] > 0 && widths[i] <= spec.Latents, $"matryoshka.widths of {where} has {widths[i]}; expected 1 to {spec.Latents}.");
            Require(i == 0 || widths[i] > widths[i - 1], $"matryoshka.widths of {where} must ascend; {widths[i]} follows {widths[Math.Max(0, i - 1)]}.");
        }

        if (widths.Count > 0)
        {
            Require(spec.Sparsifier.Kind is SparsifierKind.TopK or SparsifierKind.BatchTopK, $"matryoshka.widths of {where} go with topk and batchtopk only.");
        }

        int levels = widths.Count == 0 ? 1 : widths.Count + (widths[^1] == spec.Latents ? 0 : 1);
        Require(spec.Matryoshka.Weights.Count == 0 || spec.Matryoshka.Weights.Count == levels,
            $"matryoshka.weights of {where} has {spec.Matryoshka.Weights.Count} numbers for {levels} levels.");
        Require(spec.Matryoshka.Weights.All(w => w >= 0 && double.IsFinite(w)), $"matryoshka.weights of {where} must be finite and not negative.");
        Require(spec.Matryoshka.Weights.Count == 0 || spec.Matryoshka.Weights[^1] > 0,
            $"The last of matryoshka.weights of {where} is 0; expected a positive number, because the whole dictionary must reconstruct too.");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new InputException(otherwise);
    }
}
