using SaeSharp.Numerics;

namespace SaeSharp.Dictionaries;

/// <summary>A sparse dictionary: encoder, sparsifier and decoder over vectors of one width.</summary>
public sealed partial class SparseDictionary
{
}
