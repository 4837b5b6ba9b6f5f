using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Formats;

/// <summary>Copies of dictionaries that compute the same with other weights.</summary>
internal static class DictionaryFolding
{
    /// <summary>A copy under another description with the same tensors.</summary>
    public static SparseDictionary Copy(SparseDictionary dictionary, DictionarySpec spec)
    {
        SparseDictionary copy = SparseDictionary.CreateEmpty(spec, dictionary.Width, dictionary.Device);
        foreach (Parameter parameter in dictionary.Parameters) dictionary.Device.Copy(parameter.Value, copy[parameter.Name].Value);
        copy.Threshold = dictionary.Threshold;
        return copy;
    }

    /// <summary>Moves the decoder's norms n into the codes of a dictionary that orders its scores by them: W_enc n, b_enc n, table / n.</summary>
    /// <remarks>
    /// Exact: a reconstruction sees z only through the product of codes and table. A linear decoder has unit rows afterwards, so it may go on
    /// rescaling; what one latent of a polynomial decoder alone decodes to has not norm one afterwards, so rescaling is switched off instead.
    /// A threshold over rescaled scores stays what it is.
    /// </remarks>
    public static SparseDictionary FoldDecoderNorms(SparseDictionary dictionary)
    {
        bool polynomial = dictionary.Spec.Decoder.Kind == DecoderKind.Polynomial;
        SparsifierSpec sparsifier = dictionary.Spec.Sparsifier with { RescaleByDecoderNorm = !polynomial };
        SparseDictionary copy = Copy(dictionary, dictionary.Spec with { Sparsifier = sparsifier });
        Device device = dictionary.Device;
        MatrixView norms = dictionary.DecoderNorms();
        using Matrix inverse = device.Allocate(1, dictionary.Latents);
        for (int latent = 0; latent < dictionary.Latents; latent++)
        {
            // A latent without a direction never wins; its scores become zero and its row stays.
            inverse[0, latent] = norms[0, latent] > 0 ? (float)(1.0 / norms[0, latent]) : 1f;
        }

        device.ScaleRows(copy["W_enc"].Value, norms);
        device.Multiply(copy["b_enc"].Value, norms, copy["b_enc"].Value);
        if (polynomial) device.ScaleRows(copy["U"].Value, inverse);
        if (copy.TryGetParameter("W_dec", out Parameter? table)) device.ScaleRows(table.Value, inverse);
        return copy;
    }
}
