using SaeSharp.Dictionaries;

namespace SaeSharp.Formats;

/// <summary>What the configuration in a dictionary's folder says.</summary>
internal sealed record StoredDictionary
{
    /// <summary>The configuration's path, for messages.</summary>
    public required string Path { get; init; }

    public required DictionaryLayout Layout { get; init; }

    public required string Architecture { get; init; }

    public required int Width { get; init; }

    public required DictionarySpec Spec { get; init; }

    /// <summary>What SaeSharp recorded, if SaeSharp wrote it.</summary>
    public SaeSharpRecord? Record { get; init; }

    public required Provenance Provenance { get; init; }

    /// <summary>Factor that inputs are to be multiplied with before they meet the stored weights.</summary>
    public double InputScale { get; init; } = 1;

    /// <summary>The exact tensors of its weights file under a description.</summary>
    public List<WeightSlot> Slots(DictionarySpec spec) =>
        Layout == DictionaryLayout.DictionaryLearning ? DictionaryLearning.Slots(spec, Width, Architecture) : WeightSlots.For(spec, Width, Layout);
}
