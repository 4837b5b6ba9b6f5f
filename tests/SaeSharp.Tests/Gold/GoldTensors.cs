using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Gold;

/// <summary>Where upstream's tensors live in our dictionary, and how they lie there.</summary>
internal static class GoldTensors
{
    /// <summary>State that is no trained tensor of ours, or one that the case leaves unused.</summary>
    private static readonly string[] NotTrained = ["k", "group_sizes"];

    /// <summary>A tensor of ours in upstream's layout: which parameter, which of its columns, whether transposed.</summary>
    private readonly record struct Place(Parameter Parameter, int Offset, int Columns, bool Transposed);

    /// <summary>Fills our weights with <c>init.*</c>, exactly.</summary>
    public static void LoadInitialState(GoldCase gold)
    {
        foreach (string key in gold.Tensors.Tensors.Keys.Where(k => k.StartsWith("init.", StringComparison.Ordinal)))
        {
            string name = key["init.".Length..];
            if (TryFind(gold, name) is not { } place)
            {
                if (!IsUnused(gold, name)) throw new InvalidOperationException($"{gold.Name}: {key} has no place in our dictionary.");
                continue;
            }

            float[] values = gold.Tensors.ReadFloat32(key);
            for (int i = 0; i < values.Length; i++) At(place, place.Parameter.Value, i) = values[i];
        }
    }

    /// <summary>Our numbers for an upstream tensor, in its layout.</summary>
    /// <param name="gold">The case.</param>
    /// <param name="name">Upstream's name.</param>
    /// <param name="part">Value, gradient or a moment.</param>
    public static double[] Read(GoldCase gold, string name, Func<Parameter, Matrix> part)
    {
        Place place = TryFind(gold, name) ?? throw new InvalidOperationException($"{gold.Name}: no tensor of ours is '{name}'.");
        MatrixView matrix = part(place.Parameter);
        double[] values = new double[matrix.Rows * place.Columns];
        for (int i = 0; i < values.Length; i++) values[i] = At(place, matrix, i);
        return values;
    }

    /// <summary>Which of our parameters a tensor of upstream belongs to.</summary>
    public static string Owner(GoldCase gold, string name) => TryFind(gold, name)?.Parameter.Name ?? throw new InvalidOperationException($"{gold.Name}: no tensor of ours is '{name}'.");

    /// <summary>Whether upstream carries a tensor that plays no part in the case (the placeholder W_dec, buffers of lower orders).</summary>
    public static bool IsPlaceholder(GoldCase gold, string name) => TryFind(gold, name) is null && IsUnused(gold, name);

    private static Place? TryFind(GoldCase gold, string name)
    {
        SparseDictionary dictionary = gold.Dictionary;
        (string ours, bool transposed) = name switch
        {
            "W_enc" => ("W_enc", true),
            "encoder.weight" => ("W_enc", false),
            "decoder.weight" => ("W_dec", true),
            "encoder.bias" => ("b_enc", false),
            "bias" or "decoder_bias" => ("b_dec", false),
            "gate_bias" => ("b_gate", false),
            "mag_bias" => ("b_mag", false),
            "U_shared" => ("U", false),
            "U1" or "U2" or "U3" => ("U", false),
            _ => (name, false),
        };
        if (!dictionary.TryGetParameter(ours, out Parameter? parameter)) return null;
        int offset = 0;
        int columns = parameter.Value.Columns;
        if (name is "U1" or "U2" or "U3")
        {
            IReadOnlyList<int> ranks = dictionary.Spec.Decoder.Ranks;
            int index = name[1] - '1';
            offset = ranks.Take(index).Sum();
            columns = ranks[index];
        }

        return new Place(parameter, offset, columns, transposed);
    }

    private static ref float At(Place place, MatrixView matrix, int index)
    {
        if (place.Transposed) return ref matrix[index % matrix.Rows, index / matrix.Rows];
        return ref matrix[index / place.Columns, place.Offset + (index % place.Columns)];
    }

    private static bool IsUnused(GoldCase gold, string name)
    {
        DecoderSpec decoder = gold.Spec.Decoder;
        return NotTrained.Contains(name)
            || (name == "threshold" && gold.Tensors.Info("init.threshold").Count == 1)
            || (name is "C2" or "lambda2" && decoder.Order < 2)
            || (name is "C3" or "lambda3" && decoder.Order < 3)
            || (name == "W_dec" && decoder.Kind == DecoderKind.Polynomial);
    }
}
