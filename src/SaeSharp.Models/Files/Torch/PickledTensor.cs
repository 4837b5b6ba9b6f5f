namespace SaeSharp.Models.Files.Torch;

/// <summary>Numbers in a file of the archive.</summary>
/// <param name="Type">Their type.</param>
/// <param name="Key">The file's name below <c>data/</c>.</param>
/// <param name="Count">How many there are, as the pickle says.</param>
internal sealed record PickledStorage(TensorType Type, string Key, long Count);

/// <summary>A tensor as the pickle describes it: a strided view of a storage.</summary>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>The things that a pickle may name; nothing else is ever looked up, and none of them runs anything.</summary>
internal enum PickleGlobal
{
    RebuildTensor,
    RebuildParameter,
    OrderedDictionary,
}

/// <summary>What stands before the elements of a tuple that is being built.</summary>
internal sealed class PickleMark
{
    public static PickleMark Instance { get; } = new();
}
