using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SaeSharp.Numerics.Tests.Support;

/// <summary>Reads reference tensors from a safetensors file in the Data folder.</summary>
public sealed class GoldFile
{
    private readonly byte[] _bytes;
    private readonly JsonElement _header;
    private readonly int _start;

    private GoldFile(byte[] bytes)
    {
        _bytes = bytes;
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        _header = JsonDocument.Parse(bytes.AsMemory(8, length)).RootElement;
        _start = 8 + length;
    }

    public static GoldFile Load(string path) => new(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", path)));

    /// <summary>A float32 tensor.</summary>
    public Padded Matrix(string name)
    {
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(Tensor(name, "F32", out int rows, out int columns));
        var matrix = new Padded(rows, columns);
        for (int r = 0; r < rows; r++) values.Slice(r * columns, columns).CopyTo(matrix.View.Row(r));
        return matrix;
    }

    /// <summary>A float64 tensor.</summary>
    public double[,] Doubles(string name)
    {
        ReadOnlySpan<double> values = MemoryMarshal.Cast<byte, double>(Tensor(name, "F64", out int rows, out int columns));
        var matrix = new double[rows, columns];
        values.CopyTo(MemoryMarshal.CreateSpan(ref matrix[0, 0], matrix.Length));
        return matrix;
    }

    private ReadOnlySpan<byte> Tensor(string name, string type, out int rows, out int columns)
    {
        JsonElement entry = _header.GetProperty(name);
        Assert.Equal(type, entry.GetProperty("dtype").GetString());
        rows = entry.GetProperty("shape")[0].GetInt32();
        columns = entry.GetProperty("shape")[1].GetInt32();
        int begin = entry.GetProperty("data_offsets")[0].GetInt32(), end = entry.GetProperty("data_offsets")[1].GetInt32();
        return _bytes.AsSpan(_start + begin, end - begin);
    }
}
