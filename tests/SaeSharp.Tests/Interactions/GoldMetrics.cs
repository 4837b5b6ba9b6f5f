using System.Text.Json;
using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Interactions;

/// <summary>The reference numbers of <c>Data/gold/metrics</c>.</summary>
internal static class GoldMetrics
{
    /// <summary>The small polynomial dictionary of several cases: width 16, 48 latents, ranks 16, 5, 3, TopK 6.</summary>
    public static DictionarySpec Spec { get; } = new()
    {
        Name = "gold",
        Latents = 48,
        Sparsifier = new SparsifierSpec { Kind = SparsifierKind.TopK, K = 6 },
        Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Order = 3, Ranks = [16, 5, 3] },
    };

    public static SafetensorsFile Tensors(string name) => SafetensorsFile.Open(PathOf(name, "safetensors"));

    public static JsonElement Manifest(string name) => JsonDocument.Parse(File.ReadAllText(PathOf(name, "json"))).RootElement;

    /// <summary>The dictionary stored under a prefix.</summary>
    public static SparseDictionary Dictionary(SafetensorsFile file, string prefix, Device device)
    {
        SparseDictionary dictionary = SparseDictionary.CreateEmpty(Spec, 16, device);
        foreach (Parameter parameter in dictionary.Parameters)
        {
            string name = prefix + (parameter.Name == "U" ? "U_shared" : parameter.Name);
            if (parameter.Name == "W_enc") file.ReadFloat32Transposed(name, parameter.Value);
            else file.ReadFloat32(name, parameter.Value.AsSpan());
        }

        return dictionary;
    }

    /// <summary>Dense codes as a sparse matrix.</summary>
    public static CsrMatrix Codes(ReadOnlySpan<double> dense, int rows, int columns, Device device)
    {
        CsrMatrix codes = device.AllocateCsr(rows, columns, rows * columns);
        codes.Reset(rows, columns);
        int entries = 0;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double value = dense[(row * columns) + column];
                if (value == 0) continue;
                Set(codes, row, column, entries++, (float)value);
            }

            End(codes, row, entries);
        }

        return codes;
    }

    private static string PathOf(string name, string extension) => Path.Combine(AppContext.BaseDirectory, "Data", "gold", "metrics", $"{name}.{extension}");

    private static unsafe void Set(CsrMatrix codes, int row, int column, int entry, float value)
    {
        codes.ColumnIndices[entry] = column;
        codes.Values[entry] = value;
        codes.RowPointers[row + 1] = entry + 1;
    }

    private static unsafe void End(CsrMatrix codes, int row, int entries) => codes.RowPointers[row + 1] = entries;
}
