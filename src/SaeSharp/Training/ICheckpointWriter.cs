using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>Collects named state for a checkpoint. Memory that is added must stay unchanged until the checkpoint is written.</summary>
public interface ICheckpointWriter
{
    /// <summary>Adds a contiguous float32 tensor [rows, columns].</summary>
    void Add(string name, MatrixView tensor);

    /// <summary>Adds whole numbers.</summary>
    void Add(string name, ReadOnlySpan<long> values);

    /// <summary>Adds double-precision numbers.</summary>
    void Add(string name, ReadOnlySpan<double> values);
}
