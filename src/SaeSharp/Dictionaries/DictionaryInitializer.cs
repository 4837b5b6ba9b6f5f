using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Dictionaries.Encoders;
using SaeSharp.Dictionaries.Sparsifiers;
using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries;

/// <summary>Starting weights. Two dictionaries of one size and seed start from the same random directions, whatever their decoders.</summary>
internal static class DictionaryInitializer
{
    private const uint DecoderStream = 1;
    private const uint EncoderStream = 2;
    private const uint MapStream = 3;

    public static void Initialize(SparseDictionary dictionary, ulong seed)
    {
        DictionarySpec spec = dictionary.Spec;
        Device device = dictionary.Device;
        float norm = (float)(spec.Decoder.Rows == DecoderRows.Unit ? 1.0 : spec.Decoder.InitialNorm);
        using Matrix rows = RandomRows(device, spec.Latents, dictionary.Width, norm, seed, DecoderStream);
        if (dictionary.Decoder.Head.IsIdentity) device.Copy(rows, dictionary.Decoder.Table.Value);
        else StartPolynomial(dictionary, rows, seed);
        if (dictionary.InnerDecoder is { } inner) device.Copy(rows, inner.Table.Value);
        StartEncoder(dictionary, rows, norm, seed);
        if (dictionary.Sparsifier is JumpReluSparsifier jump)
        {
            double start = spec.Sparsifier.InitialThreshold;
            device.Fill(jump.Parameter.Value, (float)(spec.Sparsifier.ThresholdParameter == ThresholdParameter.Log ? Math.Log(start) : start));
        }
    }

    /// <summary>
    /// Sets a polynomial decoder so that its linear part is the given decoder: U = Q and C1 = Rᵀ of its QR factorisation where R1 = D
    /// (exact, section 1.6 of the spec), the best approximation in the span of U where R1 is smaller.
    /// </summary>
    public static void SetLinearPart(SparseDictionary dictionary, MatrixView rows, ulong seed)
    {
        Device device = dictionary.Device;
        MatrixView table = dictionary.Decoder.Table.Value;
        MatrixView u = dictionary.Decoder.Head is SeparatePolynomialHead head ? head.Block(table, 0, head.Ranks[0]) : table;
        int shared = Math.Min(u.Columns, rows.Columns);
        if (u.Columns > shared)
        {
            using Matrix random = RandomRows(device, u.Rows, u.Columns, 1f, seed, MapStream + 8);
            device.Copy(random, u);
        }

        device.Copy(rows.LeadingColumns(shared), u.LeadingColumns(shared));
        device.Orthonormalize(u);
        device.Gemm(GemmShape.TN, rows, u, dictionary["C1"].Value);
    }

    private static void StartPolynomial(SparseDictionary dictionary, MatrixView rows, ulong seed)
    {
        DecoderSpec spec = dictionary.Spec.Decoder;
        Device device = dictionary.Device;
        Matrix table = dictionary.Decoder.Table.Value;
        bool published = spec.Start == DecoderStart.Published || dictionary.Decoder.Head is SeparatePolynomialHead;
        if (published)
        {
            var normal = new PhiloxStream(seed, MapStream);
            normal.FillNormal(table.AsSpan());
            if (dictionary.Decoder.Head is not SeparatePolynomialHead separate) device.Orthonormalize(table);
            else for (int i = 0; i < separate.Ranks.Count; i++) device.Orthonormalize(separate.Block(table, i, separate.Ranks[i]));
        }

        int order = 0;
        foreach (Parameter parameter in dictionary.Decoder.Head.Parameters)
        {
            if (parameter.Name == "lambda2") parameter.Value[0, 0] = (float)spec.Lambda2;
            else if (parameter.Name == "lambda3") parameter.Value[0, 0] = (float)spec.Lambda3;
            else if (published)
            {
                // Kaiming-uniform with the rank as fan-in: the published start.
                float bound = MathF.Sqrt(6f / parameter.Value.Columns);
                var stream = new PhiloxStream(seed, MapStream + 1 + (uint)order++);
                stream.FillUniform(parameter.Value.AsSpan(), -bound, bound);
            }
        }

        // Twin: C2 = C3 = 0, so that it starts as exactly its linear twin; their gradients do not vanish, because λ does not.
        if (!published) SetLinearPart(dictionary, rows, seed);
    }

    private static void StartEncoder(SparseDictionary dictionary, MatrixView rows, float norm, ulong seed)
    {
        Device device = dictionary.Device;
        MatrixView weights = dictionary.Encoder.Weights.Value;
        if (dictionary.Spec.Encoder.Start == EncoderStart.Random)
        {
            using Matrix random = RandomRows(device, weights.Rows, weights.Columns, norm, seed, EncoderStream);
            device.Copy(random, weights);
            return;
        }

        if (dictionary.Decoder.Head.IsIdentity)
        {
            device.Copy(rows, weights);
            return;
        }

        dictionary.Directions(weights);
        device.NormalizeRows(weights);
        device.Axpby(0f, weights, norm, weights);
    }

    private static Matrix RandomRows(Device device, int count, int width, float norm, ulong seed, uint stream)
    {
        Matrix rows = device.Allocate(count, width);
        new PhiloxStream(seed, stream).FillNormal(rows.AsSpan());
        device.NormalizeRows(rows);
        device.Axpby(0f, rows, norm, rows);
        return rows;
    }
}
