using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Formats;

/// <summary>Reads a weights file into a dictionary; every name and shape is checked before memory is taken.</summary>
internal static class WeightsReader
{
    private const string Threshold = "threshold";

    /// <summary>SAELens' older name for the trained logarithm of the threshold.</summary>
    private const string LogThreshold = "log_threshold";

    /// <summary>Checks that a file has exactly the tensors of a layout.</summary>
    /// <returns>The description, with what only the weights can tell.</returns>
    public static DictionarySpec Check(ITensorSource file, StoredDictionary stored)
    {
        List<WeightSlot> slots = stored.Slots(stored.Spec);
        foreach (WeightSlot slot in slots)
        {
            if (slot.IsOptional && !file.Contains(slot.Name)) continue;
            TensorInfo info = file.Info(NameIn(file, slot));
            if (!slot.Fits(info)) throw new InputException($"Tensor '{info.Name}' in {file.Path} has shape {info.ShapeText}; its configuration asks for {slot.ShapeText}.");
            if (slot.IsUsed && !info.Type.IsFloat()) throw new InputException($"Tensor '{info.Name}' in {file.Path} is {info.Type.HeaderName()}; expected floating-point numbers.");
        }

        HashSet<string> known = [.. slots.Select(slot => NameIn(file, slot))];
        foreach (string name in file.Tensors.Keys)
        {
            if (!known.Contains(name))
                throw new InputException($"{file.Path} has a tensor '{name}' that architecture '{stored.Architecture}' does not have; expected {string.Join(", ", slots.Select(slot => slot.Name))}.");
        }

        return HasLogarithms(file, stored) ? stored.Spec : stored.Spec with { Sparsifier = stored.Spec.Sparsifier with { ThresholdParameter = ThresholdParameter.Direct } };
    }

    /// <summary>Reads the weights.</summary>
    public static SparseDictionary Read(ITensorSource file, StoredDictionary stored, Device device)
    {
        DictionarySpec spec = Check(file, stored);
        SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, stored.Width, device);
        try
        {
            foreach (WeightSlot slot in stored.Slots(spec)) ReadSlot(file, slot, dictionary, stored.Record);
            foreach (Parameter parameter in dictionary.Parameters)
            {
                if (!device.AllFinite(parameter.Value)) throw new InputException($"{file.Path} has NaN or infinite values in '{parameter.Name}'.");
            }

            return dictionary;
        }
        catch
        {
            dictionary.Dispose();
            throw;
        }
    }

    private static void ReadSlot(ITensorSource file, WeightSlot slot, SparseDictionary dictionary, SaeSharpRecord? record)
    {
        if (slot.IsOptional && !file.Contains(slot.Name)) return;
        switch (slot.Content)
        {
            case SlotContent.Copy:
                file.ReadFloat32(slot.Name, dictionary[slot.Parameter].Value.View);
                break;
            case SlotContent.Transpose:
                file.ReadFloat32Transposed(slot.Name, dictionary[slot.Parameter].Value.View);
                break;
            case SlotContent.Columns:
                ReadColumns(file, slot, dictionary[slot.Parameter].Value.View);
                break;
            case SlotContent.Exponential:
                ReadLogThreshold(file, slot, dictionary[slot.Parameter].Value.Row(0));
                break;
            case SlotContent.CommonThreshold:
                dictionary.Threshold = ReadCommonThreshold(file, slot, record);
                break;
            case SlotContent.ThresholdScalar:
                Span<double> threshold = [0];
                file.ReadFloat64(slot.Name, 0, threshold);
                if (!double.IsFinite(threshold[0])) throw new InputException($"'{slot.Name}' in {file.Path} is {threshold[0]}; expected a number.");
                dictionary.Threshold = threshold[0];
                break;
        }
    }

    private static void ReadColumns(ITensorSource file, WeightSlot slot, MatrixView target)
    {
        int columns = (int)slot.Shape[1];
        for (int row = 0; row < target.Rows; row++)
            file.ReadFloat32(slot.Name, (long)row * columns, target.Row(row).Slice(slot.FirstColumn, columns));
    }

    private static void ReadLogThreshold(ITensorSource file, WeightSlot slot, Span<float> target)
    {
        string name = NameIn(file, slot);
        file.ReadFloat32(name, target);
        if (name == LogThreshold) return;
        for (int i = 0; i < target.Length; i++) target[i] = (float)Math.Log(target[i]);
    }

    private static double ReadCommonThreshold(ITensorSource file, WeightSlot slot, SaeSharpRecord? record)
    {
        float[] thresholds = file.ReadFloat32(slot.Name);
        double recorded = record?.Threshold ?? thresholds[0];
        return thresholds.AsSpan().ContainsAnyExcept((float)recorded)
            ? throw new InputException($"'{slot.Name}' in {file.Path} is not the one threshold {recorded} that its configuration records.")
            : recorded;
    }

    private static string NameIn(ITensorSource file, WeightSlot slot) =>
        slot.Name == Threshold && slot.Content is SlotContent.Exponential && !file.Contains(Threshold) && file.Contains(LogThreshold) ? LogThreshold : slot.Name;

    /// <summary>Whether thresholds can be trained as logarithms where the configuration means to.</summary>
    private static bool HasLogarithms(ITensorSource file, StoredDictionary stored)
    {
        SparsifierSpec sparsifier = stored.Spec.Sparsifier;
        if (sparsifier.Kind != SparsifierKind.JumpRelu || sparsifier.ThresholdParameter != ThresholdParameter.Log || !file.Contains(Threshold)) return true;
        foreach (float threshold in file.ReadFloat32(Threshold))
        {
            if (!(threshold > 0)) return false;
        }

        return true;
    }
}
