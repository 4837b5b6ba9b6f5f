using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Formats;

/// <summary>Linear dictionaries as PolySAEs and back.</summary>
/// <remarks>
/// Section 1.6 of the PolySAE spec: every W_dec [F, D] is U·C1ᵀ with orthonormal columns of U. Question 21: U's leading columns, which the interactions
/// use, are W_dec's leading left singular vectors, so U = P and C1 = V·S of W_dec = P·S·Vᵀ.
/// </remarks>
public static class LinearConversion
{
    /// <summary>Singular values below this part of the largest wait for the next round: their directions would drown in the rounding of the Gram matrix.</summary>
    private const double Trusted = 0.02;

    /// <summary>What is left of W_dec below this part of it is rounding.</summary>
    private const double Negligible = 3e-7;

    private const ulong RandomStream = 0x4C49_4E45_4152;

    /// <summary>A PolySAE that computes what a linear dictionary computes; its interactions start at C2 = C3 = 0, from where they can be trained.</summary>
    /// <param name="dictionary">A dictionary with a linear decoder; not changed.</param>
    /// <param name="order">Order of the polynomial: 1, 2 or 3.</param>
    /// <param name="interactionRanks">R2 and R3; empty: a sixteenth of the width, at least 4.</param>
    /// <exception cref="InputException">It is no linear dictionary, or there is no such PolySAE.</exception>
    public static SparseDictionary ToPolynomial(SparseDictionary dictionary, int order = 3, IReadOnlyList<int>? interactionRanks = null)
    {
        DictionarySpec spec = dictionary.Spec;
        if (spec.Decoder.Kind != DecoderKind.Linear) throw new InputException($"dictionary '{spec.Name}' is a PolySAE already; only a linear dictionary can be imported as one.");
        int first = Math.Min(spec.Latents, dictionary.Width);
        int few = Math.Min(first, Math.Max(4, (dictionary.Width + 15) / 16));
        int[] ranks = interactionRanks is { Count: > 0 } ? [first, .. interactionRanks] : [first, few, few];
        DecoderSpec decoder = new() { Kind = DecoderKind.Polynomial, Order = order, Ranks = ranks, InitialNorm = spec.Decoder.InitialNorm };
        SparseDictionary result = SparseDictionary.CreateEmpty(spec with { Decoder = decoder, Init = null }, dictionary.Width, dictionary.Device);
        CopyEncoder(dictionary, result);
        Factorize(dictionary["W_dec"].Value, result["U"].Value, result["C1"].Value);
        if (order >= 2) result["lambda2"].Value[0, 0] = (float)decoder.Lambda2;
        if (order >= 3) result["lambda3"].Value[0, 0] = (float)decoder.Lambda3;
        return result;
    }

    /// <summary>The linear part of a PolySAE as a standard dictionary: <c>W_dec = U·C1ᵀ</c>, the same encoder.</summary>
    /// <param name="dictionary">A dictionary with a polynomial decoder; not changed.</param>
    /// <exception cref="InputException">It is no PolySAE.</exception>
    public static SparseDictionary ToLinear(SparseDictionary dictionary)
    {
        DictionarySpec spec = dictionary.Spec;
        if (spec.Decoder.Kind != DecoderKind.Polynomial) throw new InputException($"dictionary '{spec.Name}' has a linear decoder already; only a PolySAE's linear part can be exported.");
        if (spec.Sparsifier.RescaleByDecoderNorm)
        {
            // Norms of the linear part alone would pick other latents.
            using SparseDictionary folded = DictionaryFolding.FoldDecoderNorms(dictionary);
            return ToLinear(folded);
        }

        DictionarySpec linear = spec with
        {
            Init = null,
            Decoder = new DecoderSpec { InitialNorm = spec.Decoder.InitialNorm },
            Matryoshka = spec.Matryoshka with { Inner = MatryoshkaInner.Same },
        };
        SparseDictionary result = SparseDictionary.CreateEmpty(linear, dictionary.Width, dictionary.Device);
        CopyEncoder(dictionary, result);
        dictionary.Directions(result["W_dec"].Value);
        return result;
    }

    private static void CopyEncoder(SparseDictionary from, SparseDictionary to)
    {
        foreach (Parameter parameter in to.Parameters)
        {
            if (parameter.Name != "W_dec" && from.TryGetParameter(parameter.Name, out Parameter? source)) from.Device.Copy(source.Value, parameter.Value);
        }

        to.Threshold = from.Threshold;
    }

    /// <summary>Finds u [F, R] with orthonormal columns, leading singular directions first, and c = wᵀu [D, R], so that w = u·cᵀ.</summary>
    /// <remarks>
    /// A Gram matrix in float32 shows singular values down to about 1/3000 of the largest. So directions are taken in rounds from what the earlier ones
    /// leave of w, until nothing is left; columns that w does not need are random.
    /// </remarks>
    private static unsafe void Factorize(Matrix w, Matrix u, Matrix c)
    {
        Device device = w.Device;
        using Matrix rest = device.Allocate(w.Rows, w.Columns);
        device.Copy(w, rest);
        int found = 0;
        double largest = 0;
        while (found < u.Columns)
        {
            using Matrix? directions = LeadingDirections(rest, u.Columns - found, ref largest);
            int count = directions?.Columns ?? u.Columns - found;
            MatrixView block = new(u.View.Data + found, u.Rows, count, u.Columns);
            if (directions != null) device.Gemm(GemmShape.NN, rest, directions, block);
            else FillRandom(block);
            found += count;
            MatrixView done = u.LeadingColumns(found);
            device.Orthonormalize(done);
            using Matrix shares = device.Allocate(found, w.Columns);
            device.Gemm(GemmShape.TN, done, w, shares);
            device.Copy(w, rest);
            device.Gemm(GemmShape.NN, done, shares, rest, -1f, 1f);
        }

        device.Gemm(GemmShape.TN, w, u, c);
    }

    /// <summary>Right singular vectors of the leading singular values, divided by them, [D, count]; null when nothing is left.</summary>
    private static Matrix? LeadingDirections(Matrix rest, int most, ref double largest)
    {
        int width = rest.Columns;
        using Matrix gram = rest.Device.Allocate(width, width);
        rest.Device.Gemm(GemmShape.TN, rest, rest, gram);
        Evd<double> eigen = Matrix<double>.Build.Dense(width, width, (i, j) => 0.5 * ((double)gram[i, j] + gram[j, i])).Evd(Symmetricity.Symmetric);
        int[] order = [.. Enumerable.Range(0, width).OrderByDescending(i => eigen.EigenValues[i].Real)];
        double[] values = [.. order.Select(i => Math.Sqrt(Math.Max(0, eigen.EigenValues[i].Real)))];
        largest = Math.Max(largest, values[0]);
        if (values[0] <= Negligible * largest) return null;
        int count = Math.Min(most, values.Count(value => value > Trusted * values[0]));
        Matrix directions = rest.Device.Allocate(width, count);
        for (int j = 0; j < count; j++)
        {
            for (int i = 0; i < width; i++) directions[i, j] = (float)(eigen.EigenVectors[i, order[j]] / values[j]);
        }

        return directions;
    }

    private static void FillRandom(MatrixView block)
    {
        PhiloxStream random = new(0, RandomStream);
        double deviation = 1.0 / Math.Sqrt(block.Rows);
        for (int row = 0; row < block.Rows; row++) random.FillNormal(block.Row(row), 0, deviation);
    }
}
