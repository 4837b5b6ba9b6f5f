using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Formats;

/// <summary>Puts the weights of one dictionary under another description, to train on from there.</summary>
internal static class DictionaryTransfer
{
    /// <summary>A new dictionary of the given description with the weights of another.</summary>
    /// <exception cref="InputException">A tensor that the description needs has nothing to come from, or has another shape.</exception>
    public static SparseDictionary Apply(SparseDictionary source, DictionarySpec spec, string folder)
    {
        if (spec.Latents != source.Latents)
            throw new InputException($"{folder} has {source.Latents} latents; dictionary '{spec.Name}' is to start from it with {spec.Latents}.");
        if (spec.Decoder.Kind == DecoderKind.Polynomial && source.Spec.Decoder.Kind == DecoderKind.Linear)
        {
            IReadOnlyList<int> ranks = DecoderRanks.Resolve(spec.Decoder, source.Width);
            int exact = Math.Min(source.Width, source.Latents);
            if (ranks[0] != exact)
                throw new InputException($"ranks of dictionary '{spec.Name}' begin with {ranks[0]}; it starts from the linear dictionary {folder} exactly with R1 = {exact} only.");
            using SparseDictionary imported = LinearConversion.ToPolynomial(source, spec.Decoder.Order, [.. ranks.Skip(1)]);
            return Apply(imported, spec, folder);
        }

        if (spec.Decoder.Kind == DecoderKind.Linear && source.Spec.Decoder.Kind == DecoderKind.Polynomial)
            throw new InputException($"{folder} has a polynomial decoder; dictionary '{spec.Name}' is to start from it with a linear one (saesharp convert exports its linear part).");
        SparseDictionary target = SparseDictionary.CreateEmpty(spec, source.Width, source.Device);
        try
        {
            foreach (Parameter parameter in target.Parameters) Fill(source, parameter, spec, folder);
            target.Threshold = source.Threshold;
            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    private static void Fill(SparseDictionary source, Parameter parameter, DictionarySpec spec, string folder)
    {
        Matrix value = parameter.Value;
        if (source.TryGetParameter(parameter.Name, out Parameter? same) && same.Value.Rows == value.Rows && same.Value.Columns == value.Columns)
            source.Device.Copy(same.Value, value);
        else if (parameter.Name is "threshold" or "log_threshold")
            FillThreshold(source, value.Row(0), parameter.Name == "log_threshold", spec.Sparsifier.InitialThreshold);
        else if (same == null && (parameter.Name is "C2" or "C3") && source.Spec.Decoder.Order < spec.Decoder.Order)
            value.AsSpan().Clear(); // The orders that are new begin without a share, and can be trained because λ does not vanish.
        else if (same == null && (parameter.Name is "lambda2" or "lambda3"))
            value[0, 0] = (float)(parameter.Name == "lambda2" ? spec.Decoder.Lambda2 : spec.Decoder.Lambda3);
        else if (parameter.Name == "W_dec" && spec.Decoder.Kind == DecoderKind.Polynomial)
            source.Directions(value);
        else
            throw new InputException($"{folder} has no tensor '{parameter.Name}' of shape {value}, which dictionary '{spec.Name}' needs; it has {string.Join(", ", source.Parameters)}.");
    }

    /// <summary>Thresholds from their other form, from BatchTopK's one, or from the description where there are none.</summary>
    private static void FillThreshold(SparseDictionary source, Span<float> target, bool logarithm, double initial)
    {
        bool direct = source.TryGetParameter("threshold", out Parameter? given);
        if (!direct) source.TryGetParameter("log_threshold", out given);
        for (int latent = 0; latent < target.Length; latent++)
        {
            double threshold = given == null ? (source.Threshold > 0 ? source.Threshold : initial)
                : direct ? given.Value[0, latent] : Math.Exp(given.Value[0, latent]);
            // A logarithm needs something to start from.
            target[latent] = (float)(logarithm ? Math.Log(threshold > 0 ? threshold : initial) : threshold);
        }
    }
}
