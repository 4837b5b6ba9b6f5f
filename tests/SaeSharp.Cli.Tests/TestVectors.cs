using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Tests;

/// <summary>Small files of vectors.</summary>
internal static class TestVectors
{
    /// <summary>Writes normal vectors as one tensor.</summary>
    internal static string Write(string path, string name = "activations", params long[] shape)
    {
        if (shape.Length == 0) shape = [256, 12];
        float[] values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        new PhiloxStream(3).FillNormal(values);
        SafetensorsWriter writer = new();
        writer.Add(name, values, shape);
        writer.Save(path);
        return path;
    }

    /// <summary>A file that begins like a safetensors file and goes on as told.</summary>
    internal static string WriteRaw(string path, string header, int length, int? claimed = null)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)(claimed ?? text.Length)), .. text, .. new byte[length]]);
        return path;
    }
}
