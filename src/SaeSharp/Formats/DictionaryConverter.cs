using SaeSharp.Dictionaries;
using SaeSharp.Numerics;

namespace SaeSharp.Formats;

/// <summary>Writes a dictionary of one layout in another.</summary>
public static class DictionaryConverter
{
    /// <summary>Converts a folder; its provenance and everything that training on needs go along.</summary>
    /// <param name="from">The dictionary's folder, in any layout that can be read.</param>
    /// <param name="to">Where to.</param>
    /// <param name="layout">The layout to write.</param>
    /// <param name="device">Where the arithmetic of imports and exports runs.</param>
    /// <param name="options">Import of a linear dictionary as a PolySAE, export of a PolySAE's linear part.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="InputException">A folder is wrong, or the layout has no words for this dictionary.</exception>
    public static DictionaryDescription Convert(string from, string to, DictionaryLayout layout, Device device, ConversionOptions? options = null)
    {
        options ??= new ConversionOptions();
        if (options.ImportLinear && options.ExportLinear) throw new InputException("A dictionary can be imported as a PolySAE or its linear part be exported, not both at once.");
        if (Path.GetFullPath(from) == Path.GetFullPath(to)) throw new InputException($"{to} is the folder that is being converted; choose another one to write to.");
        if (!options.Overwrite && File.Exists(Path.Combine(to, ConfigReader.FileName))) throw new InputException($"{to} holds a dictionary already; choose another folder or allow overwriting.");
        Provenance provenance = DictionaryFiles.Describe(from).Provenance;
        using SparseDictionary read = DictionaryFiles.Load(from, device);
        using SparseDictionary? changed =
            options.ImportLinear ? LinearConversion.ToPolynomial(read, options.Order, options.InteractionRanks)
            : options.ExportLinear ? LinearConversion.ToLinear(read)
            : null;
        DictionaryFiles.Save(changed ?? read, to, layout, provenance: provenance);
        return DictionaryFiles.Describe(to);
    }
}
