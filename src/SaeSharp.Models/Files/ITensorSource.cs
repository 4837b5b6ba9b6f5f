namespace SaeSharp.Models.Files;

/// <summary>Named tensors that can be read: one safetensors file, or all shards of a folder.</summary>
/// <remarks>Safe for concurrent reads. Every failed read throws <see cref="InputException"/> with the file and the tensor named.</remarks>
public interface ITensorSource : IDisposable
{
    /// <summary>What to call the source in messages: its path.</summary>
    string Path { get; }

    /// <summary>All tensors by name.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>The file's own notes (<c>__metadata__</c>).</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What the file says about a tensor.</summary>
    /// <exception cref="InputException">There is no tensor of that name.</exception>
    TensorInfo Info(string name);

    /// <summary>Elements <paramref name="start"/> … of a tensor as float32, widened or narrowed from whatever it is stored as.</summary>
    /// <param name="name">The tensor; any type but the 8-bit floats.</param>
    /// <param name="start">First element, counted row-major.</param>
    /// <param name="values">Filled completely.</param>
    void ReadFloat32(string name, long start, Span<float> values);

    /// <summary>Elements <paramref name="start"/> … of a tensor as float64.</summary>
    void ReadFloat64(string name, long start, Span<double> values);

    /// <summary>Elements <paramref name="start"/> … of a tensor of integers or booleans.</summary>
    /// <exception cref="InputException">The tensor holds floating-point numbers, or a value above 2⁶³ − 1.</exception>
    void ReadInt64(string name, long start, Span<long> values);
}
