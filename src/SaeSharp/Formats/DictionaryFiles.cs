using SaeSharp.Dictionaries;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Formats;

/// <summary>Dictionaries on disk: a folder with a configuration and weights, in any of the layouts of <see cref="DictionaryLayout"/>.</summary>
public static class DictionaryFiles
{
    /// <summary>Reads a dictionary as it is stored, ready to be used or trained on.</summary>
    /// <param name="folder">Its folder; the layout is found out.</param>
    /// <param name="device">Where its weights are to live.</param>
    /// <exception cref="InputException">There is no dictionary, or its files are damaged, do not fit together or are of an unknown kind.</exception>
    public static SparseDictionary Load(string folder, Device device)
    {
        StoredDictionary stored = ReadConfig(folder);
        using ITensorSource weights = OpenWeights(folder, stored);
        SparseDictionary dictionary = WeightsReader.Read(weights, stored, device);
        dictionary.FoldInputScale(stored.InputScale);
        return dictionary;
    }

    /// <summary>Reads a dictionary whose codes are those of the tool that wrote it.</summary>
    /// <remarks>
    /// The same as <see cref="Load"/> except for dictionaries that order scores by decoder norms: there SAELens and PolySAE give codes in
    /// units of a unit direction, so the norms are folded into the weights first. Reconstructions are the same either way.
    /// </remarks>
    /// <inheritdoc cref="Load"/>
    public static SparseDictionary LoadForUse(string folder, Device device)
    {
        SparseDictionary dictionary = Load(folder, device);
        if (!dictionary.Spec.Sparsifier.RescaleByDecoderNorm) return dictionary;
        using (dictionary) return DictionaryFolding.FoldDecoderNorms(dictionary);
    }

    /// <summary>Reads a dictionary's weights under another description, to train on from there.</summary>
    /// <remarks>
    /// The number of latents must agree. A linear dictionary becomes a PolySAE exactly if the description asks for one; higher orders of a PolySAE
    /// begin without a share; thresholds are converted; every other tensor must be there in its shape.
    /// </remarks>
    /// <param name="folder">The dictionary's folder.</param>
    /// <param name="spec">What the result is to be.</param>
    /// <param name="device">Where its weights are to live.</param>
    /// <exception cref="InputException">The folder is wrong, or its weights do not fit the description.</exception>
    public static SparseDictionary LoadAs(string folder, DictionarySpec spec, Device device)
    {
        using SparseDictionary source = Load(folder, device);
        return DictionaryTransfer.Apply(source, spec, folder);
    }

    /// <summary>Writes a dictionary; a folder that is there gets its files replaced, a new one appears whole.</summary>
    /// <param name="dictionary">The dictionary; not changed.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="layout">How.</param>
    /// <param name="inputScale">Factor that its training inputs were multiplied with; folded into the stored weights exactly.</param>
    /// <param name="provenance">Where it comes from.</param>
    /// <exception cref="InputException">The layout has no words for this dictionary, or the folder cannot be written.</exception>
    public static void Save(
        SparseDictionary dictionary, string folder, DictionaryLayout layout = DictionaryLayout.SaeSharp, double inputScale = 1, Provenance? provenance = null)
    {
        if (layout == DictionaryLayout.DictionaryLearning) throw new InputException("dictionary_learning's layout can be read, but not written.");
        SparseDictionary? copy = null;
        try
        {
            if (inputScale != 1)
            {
                copy = DictionaryFolding.Copy(dictionary, dictionary.Spec);
                copy.FoldInputScale(inputScale);
            }

            if (NeedsNormsFolded(dictionary.Spec, layout))
            {
                SparseDictionary folded = DictionaryFolding.FoldDecoderNorms(copy ?? dictionary);
                copy?.Dispose();
                copy = folded;
            }

            Write(copy ?? dictionary, folder, layout, provenance ?? new Provenance());
        }
        finally
        {
            copy?.Dispose();
        }
    }

    /// <summary>Says what lies in a folder without reading its weights.</summary>
    /// <exception cref="InputException">There is no dictionary, or its files do not fit together.</exception>
    public static DictionaryDescription Describe(string folder)
    {
        StoredDictionary stored = ReadConfig(folder);
        using ITensorSource weights = OpenWeights(folder, stored);
        DictionarySpec spec = WeightsReader.Check(weights, stored);
        List<WeightSlot> slots = stored.Slots(spec);
        return new DictionaryDescription
        {
            Folder = folder,
            Layout = stored.Layout,
            Architecture = stored.Architecture,
            Width = stored.Width,
            Spec = spec,
            IsRecorded = stored.Record != null,
            ParameterCount = slots.Where(slot => slot.IsUsed && slot.Content is not (SlotContent.CommonThreshold or SlotContent.ThresholdScalar)).Sum(slot => slot.Shape.Aggregate(1L, (product, size) => product * size)),
            Provenance = stored.Provenance,
            Tensors = [.. weights.Tensors.Values.Select(info => info.ToString()).Order(StringComparer.Ordinal)],
            IgnoredTensors = [.. slots.Where(slot => !slot.IsUsed).Select(slot => slot.Name).Order(StringComparer.Ordinal)],
        };
    }

    private static StoredDictionary ReadConfig(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) throw new InputException($"There is no folder {folder}.");
        if (File.Exists(Path.Combine(folder, ConfigReader.FileName))) return ConfigReader.Read(folder);
        if (File.Exists(Path.Combine(folder, DictionaryLearning.WeightsName))) return DictionaryLearning.Read(folder);
        throw new InputException($"{folder} holds no dictionary: it has neither {ConfigReader.FileName} with {WeightSlots.FileName}, nor {DictionaryLearning.ConfigName} with {DictionaryLearning.WeightsName}.");
    }

    private static ITensorSource OpenWeights(string folder, StoredDictionary stored) => stored.Layout == DictionaryLayout.DictionaryLearning
        ? TorchFile.Open(Path.Combine(folder, DictionaryLearning.WeightsName))
        : SafetensorsFile.Open(Path.Combine(folder, WeightSlots.FileName));

    /// <summary>Layouts whose finished models compare plain scores, or whose loader would rescale by the norm of a placeholder.</summary>
    private static bool NeedsNormsFolded(DictionarySpec spec, DictionaryLayout layout) =>
        spec.Sparsifier.RescaleByDecoderNorm && !layout.IsTraining() && !(layout == DictionaryLayout.SaeSharp && spec.Decoder.Kind == DecoderKind.Polynomial);

    private static void Write(SparseDictionary dictionary, string folder, DictionaryLayout layout, Provenance provenance)
    {
        string config = ConfigWriter.Write(dictionary.Spec, dictionary.Width, dictionary.Threshold, layout, provenance);
        DictionaryFolder.Write(folder, aside =>
        {
            WeightsWriter.Write(dictionary, layout, Path.Combine(aside, WeightSlots.FileName));
            AtomicFile.WriteText(Path.Combine(aside, ConfigReader.FileName), config);
        });
    }
}
