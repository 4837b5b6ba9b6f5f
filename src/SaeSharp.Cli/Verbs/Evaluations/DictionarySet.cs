using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Numerics;

namespace SaeSharp.Cli.Verbs.Evaluations;

/// <summary>Dictionaries that were read to be used together.</summary>
internal sealed class DictionarySet : IDisposable
{
    private readonly List<SparseDictionary> _items = [];

    internal IReadOnlyList<SparseDictionary> Items => _items;

    internal static DictionarySet Load(IEnumerable<string> folders, Device device)
    {
        DictionarySet set = new();
        try
        {
            foreach (string folder in folders) set._items.Add(DictionaryFiles.LoadForUse(folder, device));
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (SparseDictionary dictionary in _items) dictionary.Dispose();
    }
}
