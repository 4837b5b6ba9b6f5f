using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Formats;

/// <summary>Writes a dictionary's tensors as a layout wants them.</summary>
internal static class WeightsWriter
{
    public static void Write(SparseDictionary dictionary, DictionaryLayout layout, string path)
    {
        SafetensorsWriter writer = new();
        // The order of the format's own implementation: wide types first, then by name.
        foreach (WeightSlot slot in WeightSlots.For(dictionary.Spec, dictionary.Width, layout).OrderByDescending(slot => slot.Type).ThenBy(slot => slot.Name, StringComparer.Ordinal))
            Add(writer, slot, dictionary);
        writer.Save(path);
    }

    private static void Add(SafetensorsWriter writer, WeightSlot slot, SparseDictionary dictionary)
    {
        switch (slot.Content)
        {
            case SlotContent.Copy:
                writer.Add(slot.Name, slot.Type, slot.Shape, stream => WriteRows(stream, dictionary[slot.Parameter].Value.View));
                break;
            case SlotContent.Transpose:
                writer.AddTransposed(slot.Name, dictionary[slot.Parameter].Value.View);
                break;
            case SlotContent.Columns:
                writer.Add(slot.Name, slot.Type, slot.Shape, stream => WriteColumns(stream, dictionary[slot.Parameter].Value.View, slot));
                break;
            case SlotContent.Exponential:
                writer.Add(slot.Name, Array.ConvertAll(dictionary[slot.Parameter].Value.Row(0).ToArray(), value => (float)Math.Exp(value)), slot.Shape);
                break;
            case SlotContent.CommonThreshold:
                float[] thresholds = new float[dictionary.Latents];
                Array.Fill(thresholds, (float)dictionary.Threshold);
                writer.Add(slot.Name, thresholds, slot.Shape);
                break;
            case SlotContent.ThresholdScalar:
                writer.AddScalar(slot.Name, dictionary.Threshold);
                break;
            case SlotContent.Zeros:
                writer.Add(slot.Name, slot.Type, slot.Shape, WriteZeros);
                break;
            default:
                writer.Add(slot.Name, slot.Type, slot.Shape, stream => WriteDirections(stream, dictionary));
                break;
        }
    }

    private static void WriteRows(TensorStream stream, MatrixView table)
    {
        for (int row = 0; row < table.Rows; row++) stream.Write(table.Row(row));
    }

    private static void WriteColumns(TensorStream stream, MatrixView table, WeightSlot slot)
    {
        for (int row = 0; row < table.Rows; row++) stream.Write(table.Row(row).Slice(slot.FirstColumn, (int)slot.Shape[1]));
    }

    private static void WriteZeros(TensorStream stream)
    {
        float[] zeros = new float[Math.Min(stream.Count, 1 << 16)];
        while (stream.Written < stream.Count) stream.Write(zeros.AsSpan(0, (int)Math.Min(zeros.Length, stream.Count - stream.Written)));
    }

    private static void WriteDirections(TensorStream stream, SparseDictionary dictionary)
    {
        using Matrix directions = dictionary.Device.Allocate(dictionary.Latents, dictionary.Width);
        dictionary.Directions(directions);
        dictionary.Device.NormalizeRows(directions);
        for (int row = 0; row < directions.Rows; row++) stream.Write(directions.Row(row));
    }
}
