using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>What a checkpoint holds of one dictionary: weights, moments, counters, thresholds.</summary>
internal static class TrainingState
{
    public static void Save(SparseDictionary dictionary, TrainingStep training, ICheckpointWriter writer)
    {
        foreach (Parameter p in dictionary.Parameters)
        {
            writer.Add(p.Name, p.Value);
            writer.Add(p.Name + ".m", p.FirstMoment);
            writer.Add(p.Name + ".v", p.SecondMoment);
        }

        writer.Add("silent_steps", training.SilentSteps);
        writer.Add("silent_tokens", training.SilentTokens);
        writer.Add("firings", training.Firings);
        writer.Add("selection_threshold", [dictionary.Threshold]);
    }

    public static void Restore(SparseDictionary dictionary, TrainingStep training, ICheckpointReader reader)
    {
        foreach (Parameter p in dictionary.Parameters)
        {
            reader.Read(p.Name, p.Value);
            reader.Read(p.Name + ".m", p.FirstMoment);
            reader.Read(p.Name + ".v", p.SecondMoment);
        }

        Copy(reader, "silent_steps", training.SilentSteps);
        Copy(reader, "silent_tokens", training.SilentTokens);
        Copy(reader, "firings", training.Firings);
        dictionary.Threshold = reader.ReadDouble("selection_threshold")[0];
    }

    private static void Copy(ICheckpointReader reader, string name, long[] target)
    {
        long[] values = reader.ReadInt64(name);
        if (values.Length != target.Length) throw new InputException($"The checkpoint's {name} has {values.Length} numbers; expected {target.Length}.");
        values.CopyTo(target, 0);
    }
}
