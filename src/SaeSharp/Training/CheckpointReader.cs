using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Training;

/// <summary>A checkpoint on disk.</summary>
internal sealed class CheckpointReader : ICheckpointReader, IDisposable
{
    public const string Format = "saesharp checkpoint 1";

    private readonly SafetensorsFile _file;
    private string _prefix = "";

    public CheckpointReader(string path)
    {
        _file = SafetensorsFile.Open(path);
        if (_file.Metadata.TryGetValue("format", out string? format) && format == Format) return;
        _file.Dispose();
        throw new InputException($"{path} is not a checkpoint that this version reads; expected '{Format}' in its metadata.");
    }

    /// <summary>Puts a prefix before every name that is asked for from now on.</summary>
    public void Begin(string prefix) => _prefix = prefix + "/";

    public bool Contains(string name) => _file.Contains(_prefix + name);

    public void Read(string name, MatrixView target)
    {
        TensorInfo info = _file.Info(_prefix + name);
        if (!info.HasShape(target.Rows, target.Columns))
            throw new InputException($"Tensor '{_prefix + name}' of {_file.Path} has shape {info.ShapeText}; the recipe asks for {target}.");
        _file.ReadFloat32(_prefix + name, target);
    }

    public long[] ReadInt64(string name) => _file.ReadInt64(_prefix + name);

    public double[] ReadDouble(string name) => _file.ReadFloat64(_prefix + name);

    public void Dispose() => _file.Dispose();
}
