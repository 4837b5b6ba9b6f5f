using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Tests.Formats;

/// <summary>Dictionaries, codes and comparisons for tests of files.</summary>
internal static class TestDictionaries
{
    public static string Checkpoint(string name, string stage) => Path.Combine(AppContext.BaseDirectory, "Data", "checkpoints", name, stage);

    public static string ExpectedFile(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "checkpoints", name, "expected.safetensors");

    public static Matrix Read(ITensorSource file, string name, Device device)
    {
        TensorInfo info = file.Info(name);
        Matrix matrix = device.Allocate((int)info.Shape[0], (int)info.Shape[1]);
        file.ReadFloat32(name, matrix.View);
        return matrix;
    }

    public static Matrix Dense(CsrMatrix codes, Device device)
    {
        Matrix dense = device.Allocate(codes.Rows, codes.Columns);
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int e = codes.RowPointerSpan[row]; e < codes.RowPointerSpan[row + 1]; e++) dense[row, codes.ColumnIndexSpan[e]] = codes.ValueSpan[e];
        }

        return dense;
    }

    /// <summary>max |a − b| / max |b|.</summary>
    public static double Deviation(Matrix actual, Matrix expected)
    {
        Assert.Equal((expected.Rows, expected.Columns), (actual.Rows, actual.Columns));
        double difference = 0, largest = 0;
        for (int i = 0; i < expected.AsSpan().Length; i++)
        {
            difference = Math.Max(difference, Math.Abs(actual.AsSpan()[i] - (double)expected.AsSpan()[i]));
            largest = Math.Max(largest, Math.Abs(expected.AsSpan()[i]));
        }

        return difference / largest;
    }

    public static void AssertSameZeros(Matrix actual, Matrix expected)
    {
        for (int i = 0; i < expected.AsSpan().Length; i++) Assert.Equal(expected.AsSpan()[i] == 0, actual.AsSpan()[i] == 0);
    }

    /// <summary>Codes [B, F] and reconstructions [B, D].</summary>
    public static (Matrix Codes, Matrix Reconstruction) Run(SparseDictionary dictionary, Matrix x, bool asInTraining = false)
    {
        using CsrMatrix codes = dictionary.Device.AllocateCsr(x.Rows, dictionary.Latents, 0);
        if (asInTraining) dictionary.EncodeAsInTraining(x, codes);
        else dictionary.Encode(x, codes);
        Matrix reconstruction = dictionary.Device.Allocate(x.Rows, dictionary.Width);
        dictionary.Decode(codes, reconstruction);
        return (Dense(codes, dictionary.Device), reconstruction);
    }

    public static Matrix RandomMatrix(Device device, int rows, int columns, ulong seed)
    {
        Matrix x = device.Allocate(rows, columns);
        new PhiloxStream(seed).FillNormal(x.AsSpan());
        return x;
    }

    /// <summary>A dictionary with all tensors random, thresholds positive.</summary>
    public static SparseDictionary Random(DictionarySpec spec, int width, Device device, ulong seed = 1)
    {
        SparseDictionary dictionary = SparseDictionary.Create(spec, width, device, seed);
        PhiloxStream random = new(seed, 99);
        foreach (Parameter parameter in dictionary.Parameters)
        {
            foreach (ref float value in parameter.Value.AsSpan())
            {
                value += parameter.Name switch
                {
                    "threshold" => 0.2f + (0.1f * random.NextSingle()),
                    "log_threshold" => 2f + (0.5f * random.NextSingle()),
                    _ => (float)(0.1 * random.NextNormal()),
                };
            }
        }

        dictionary.Threshold = 0.123456789012345;
        return dictionary;
    }
}
