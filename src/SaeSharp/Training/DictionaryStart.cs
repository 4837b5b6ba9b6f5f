using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>Makes the dictionary that a recipe describes: from random numbers, or from the weights that <c>init</c> names.</summary>
public static class DictionaryStart
{
    private static readonly string[] EncoderNames = ["W_enc", "b_enc", "b_gate", "b_mag", "r_mag", "b_dec"];

    /// <summary>Makes a dictionary ready to be trained.</summary>
    /// <param name="spec">What it is; its own keys win over those of the dictionary that it starts from.</param>
    /// <param name="width">Width D of the vectors.</param>
    /// <param name="device">Where its numbers live.</param>
    /// <param name="seed">Seed of the random start.</param>
    /// <param name="inputScale">Factor that training vectors are multiplied with; given weights are fitted to it, so that they do the same as before.</param>
    /// <exception cref="InputException">The description makes no sense, or the weights do not fit it.</exception>
    public static SparseDictionary Create(DictionarySpec spec, int width, Device device, ulong seed, double inputScale = 1)
    {
        if (spec.Init is null) return SparseDictionary.Create(spec, width, device, seed);
        spec.Validate(width);
        using SparseDictionary given = DictionaryFiles.Load(spec.Init, device);
        if (given.Width != width || given.Latents != spec.Latents)
            throw new InputException($"{spec.Init} has {given.Latents} latents over width {given.Width}; dictionary '{spec.Name}' asks for {spec.Latents} over {width}.");
        if (given.Spec.Encoder.Kind != spec.Encoder.Kind)
            throw new InputException($"{spec.Init} has a {given.Spec.Encoder.Kind} encoder; dictionary '{spec.Name}' asks for a {spec.Encoder.Kind} one.");
        bool import = given.Spec.Decoder.Kind == DecoderKind.Linear && spec.Decoder.Kind == DecoderKind.Polynomial;
        if (given.Spec.Decoder.Kind != spec.Decoder.Kind && !import)
            throw new InputException($"{spec.Init} has a polynomial decoder; dictionary '{spec.Name}' asks for a linear one (saesharp convert exports its linear part).");

        // An imported decoder begins without interactions, whatever its own start would be: it is the given one, exactly.
        DictionarySpec start = spec with { Init = null, Decoder = import ? spec.Decoder with { Start = DecoderStart.Twin } : spec.Decoder };
        SparseDictionary dictionary = SparseDictionary.Create(start, width, device, seed);
        try
        {
            if (import) DictionaryInitializer.SetLinearPart(dictionary, given["W_dec"].Value, seed);
            foreach (Parameter parameter in dictionary.Parameters)
            {
                bool decoder = !EncoderNames.Contains(parameter.Name) && !parameter.Name.EndsWith("threshold", StringComparison.Ordinal);
                if (given.TryGetParameter(parameter.Name, out Parameter? source) && !(import && decoder)) Copy(device, source, parameter, spec);
            }

            CopyThresholds(given, dictionary, device);
            dictionary.FoldInputScale(1 / inputScale);
            return dictionary;
        }
        catch
        {
            dictionary.Dispose();
            throw;
        }
    }

    private static void Copy(Device device, Parameter source, Parameter target, DictionarySpec spec)
    {
        if (source.Value.Rows != target.Value.Rows || source.Value.Columns != target.Value.Columns)
            throw new InputException($"{target.Name} of {spec.Init} is {source.Value}; dictionary '{spec.Name}' asks for {target.Value}.");
        device.Copy(source.Value, target.Value);
    }

    /// <summary>Thresholds go over whether they are stored as they are or as logarithms.</summary>
    private static void CopyThresholds(SparseDictionary source, SparseDictionary target, Device device)
    {
        target.Threshold = source.Threshold;
        bool fromLog = source.TryGetParameter("log_threshold", out Parameter? from);
        if (!fromLog && !source.TryGetParameter("threshold", out from)) return;
        bool toLog = target.TryGetParameter("log_threshold", out Parameter? to);
        if ((!toLog && !target.TryGetParameter("threshold", out to)) || fromLog == toLog) return;
        device.Copy(from!.Value, to!.Value);
        foreach (ref float value in to.Value.AsSpan()) value = toLog ? MathF.Log(value) : MathF.Exp(value);
    }
}
