using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>Reads named state from a checkpoint.</summary>
public interface ICheckpointReader
{
    /// <summary>Whether the checkpoint has state of that name.</summary>
    bool Contains(string name);

    /// <summary>Reads a float32 tensor into memory of the same shape.</summary>
    /// <exception cref="InputException">It is missing or has another shape.</exception>
    void Read(string name, MatrixView target);

    /// <summary>Reads whole numbers.</summary>
    /// <exception cref="InputException">They are missing.</exception>
    long[] ReadInt64(string name);

    /// <summary>Reads double-precision numbers.</summary>
    /// <exception cref="InputException">They are missing.</exception>
    double[] ReadDouble(string name);
}
