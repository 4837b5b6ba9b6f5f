using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Activations.Shards;

/// <summary>Vectors in files, [N, D], in their given order: one tensor or the shards of a capture, mapped into memory.</summary>
public sealed class VectorTable : IDisposable
{
    private readonly List<Part> _parts = [];

    private VectorTable(string path) => Path = path;

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>Width D.</summary>
    public int Width { get; private set; }

    /// <summary>Number of vectors N.</summary>
    public long Count { get; private set; }

    /// <summary>Opens a safetensors file or a folder that a capture made.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="tensor">The tensor in a file; null to find it.</param>
    /// <exception cref="InputException">There are no vectors, or the files do not fit together.</exception>
    public static VectorTable Open(string path, string? tensor)
    {
        VectorTable table = new(path);
        try
        {
            if (Directory.Exists(path)) table.AddShards(ActivationIndex.Read(path), tensor);
            else table.Add(SafetensorsFile.Open(path), tensor);
            if (table.Count == 0) throw new InputException($"{path} holds no vectors.");
            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>Reads rows <paramref name="start"/> … into every row of the target [rows, D].</summary>
    public void Read(long start, MatrixView target)
    {
        int done = 0;
        foreach (Part part in _parts)
        {
            long from = Math.Max(0, start + done - part.First);
            if (start + done < part.First || from >= part.Count) continue;
            int count = (int)Math.Min(target.Rows - done, part.Count - from);
            for (int row = 0; row < count; row++) part.File.ReadFloat32(part.Tensor, (from + row) * Width, target.Row(done + row));
            done += count;
            if (done == target.Rows) return;
        }

        throw new ArgumentOutOfRangeException(nameof(start), $"Rows {start} … {start + target.Rows - 1} are not in {Path}, which has {Count}.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Part part in _parts) part.File.Dispose();
        _parts.Clear();
    }

    private static TensorInfo FindTensor(SafetensorsFile file, string? name)
    {
        if (name != null) return file.Info(name);
        foreach (string usual in (ReadOnlySpan<string>)["activations", "x"])
        {
            if (file.Tensors.TryGetValue(usual, out TensorInfo? info)) return info;
        }

        TensorInfo[] candidates = [.. file.Tensors.Values.Where(info => info.Type.IsFloat() && info.Shape.Count is 2 or 3)];
        return candidates.Length == 1
            ? candidates[0]
            : throw new InputException($"{file.Path} has no tensor 'activations' or 'x' and {candidates.Length} other float tensors of two or three dimensions; say which one with data.tensor.");
    }

    private void AddShards(ActivationIndex index, string? tensor)
    {
        foreach (ActivationShard shard in index.Shards)
        {
            Part part = Add(SafetensorsFile.Open(System.IO.Path.Combine(Path, shard.File)), tensor ?? ActivationIndex.TensorName);
            if (part.Count != shard.Vectors || Width != index.Width)
                throw new InputException($"{part.File.Path} holds [{part.Count}, {Width}]; {ActivationIndex.FileName} says [{shard.Vectors}, {index.Width}].");
        }
    }

    private Part Add(SafetensorsFile file, string? tensor)
    {
        // The table owns the file from here on, also when its content is refused.
        Part part = new(file, string.Empty, Count, 0);
        _parts.Add(part);
        TensorInfo info = FindTensor(file, tensor);
        if (!info.Type.IsFloat() || info.Shape.Count is not (2 or 3) || info.Shape[^1] is < 1 or > 1 << 24)
            throw new InputException($"Tensor '{info.Name}' in {file.Path} is {info.Type.HeaderName()} {info.ShapeText}; expected floating-point vectors [N, D] or [steps, batch, D].");
        int width = (int)info.Shape[^1];
        if (_parts.Count > 1 && width != Width) throw new InputException($"Tensor '{info.Name}' in {file.Path} has width {width}; the shards before it have {Width}.");
        Width = width;
        part = part with { Tensor = info.Name, Count = info.Count / width };
        _parts[^1] = part;
        Count = checked(Count + part.Count);
        return part;
    }

    private sealed record Part(SafetensorsFile File, string Tensor, long First, long Count);
}
