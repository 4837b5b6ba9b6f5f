using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>A checkpoint on its way to disk: one safetensors file, written aside, flushed and renamed.</summary>
internal sealed class CheckpointWriter : ICheckpointWriter
{
    private readonly SafetensorsWriter _writer = new();
    private string _prefix = "";

    /// <summary>Puts a prefix before every name that is added from now on.</summary>
    public void Begin(string prefix) => _prefix = prefix + "/";

    public void Add(string name, MatrixView tensor) => _writer.Add(_prefix + name, tensor);

    public void Add(string name, ReadOnlySpan<long> values) => _writer.Add(_prefix + name, values.ToArray(), values.Length);

    public void Add(string name, ReadOnlySpan<double> values) => _writer.Add(_prefix + name, values.ToArray(), values.Length);

    public void Save(string path)
    {
        _writer.Metadata["format"] = CheckpointReader.Format;
        _writer.Save(path);
    }
}
