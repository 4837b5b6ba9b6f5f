using System.Globalization;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;

namespace SaeSharp.Activations.Shards;

/// <summary>Writes vectors to a folder as sharded safetensors with an index.</summary>
/// <remarks>What has been written is removed again unless <see cref="Complete"/> was called before disposing.</remarks>
public sealed class ActivationShardWriter : IDisposable
{
    /// <summary>Bytes of float32 vectors held before they go to a file.</summary>
    private const int ShardBytes = 1 << 27;

    private readonly string _folder;
    private readonly TensorType _type;
    private readonly Matrix _pending;
    private readonly Device _device;
    private readonly List<ActivationShard> _shards = [];
    private int _pendingRows;
    private bool _complete;

    /// <summary>Begins a folder.</summary>
    /// <param name="folder">Where to; made if need be.</param>
    /// <param name="width">Width D of a vector.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="device">Where vectors live.</param>
    /// <param name="overwrite">Whether an older capture in the folder may be replaced.</param>
    /// <param name="shardVectors">Vectors a shard; 0: 128 MiB of float32.</param>
    /// <exception cref="InputException">The folder cannot be written, or holds a capture already.</exception>
    public ActivationShardWriter(string folder, int width, TensorType type, Device device, bool overwrite = false, int shardVectors = 0)
    {
        if (type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16))
            throw new InputException($"Activations cannot be stored as {type.HeaderName()}; expected F32, F16 or BF16.");
        AtomicFile.CreateFolder(folder);
        RemoveOlder(folder, overwrite);
        (_folder, _type, _device) = (folder, type, device);
        _pending = device.Allocate(shardVectors > 0 ? shardVectors : Math.Max(1, ShardBytes / sizeof(float) / width), width);
    }

    /// <summary>Vectors written so far.</summary>
    public long Vectors { get; private set; }

    /// <summary>Appends vectors [n, D].</summary>
    public void Append(MatrixView vectors)
    {
        for (int done = 0; done < vectors.Rows;)
        {
            int count = Math.Min(vectors.Rows - done, _pending.Rows - _pendingRows);
            _device.Copy(vectors.RowRange(done, count), _pending.RowRange(_pendingRows, count));
            (done, _pendingRows) = (done + count, _pendingRows + count);
            if (_pendingRows == _pending.Rows) WriteShard();
        }

        Vectors += vectors.Rows;
    }

    /// <summary>Writes what is left and the index; the folder can be read from now on.</summary>
    /// <param name="index">Origin, counts and norms; the shards, their type and their numbers are filled in here.</param>
    public ActivationIndex Complete(ActivationIndex index)
    {
        if (_pendingRows > 0) WriteShard();
        index = index with { Width = _pending.Columns, Type = _type.HeaderName(), Vectors = Vectors, Shards = _shards };
        index.Write(_folder);
        _complete = true;
        return index;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pending.Dispose();
        if (_complete) return;
        foreach (ActivationShard shard in _shards) File.Delete(Path.Combine(_folder, shard.File));
        _shards.Clear();
    }

    private static string ShardName(int number) => string.Create(CultureInfo.InvariantCulture, $"activations-{number:D5}.safetensors");

    /// <summary>An older index goes first, so that no moment pairs it with new shards.</summary>
    private static void RemoveOlder(string folder, bool overwrite)
    {
        string path = Path.Combine(folder, ActivationIndex.FileName);
        if (!File.Exists(path)) return;
        if (!overwrite) throw new InputException($"{folder} holds captured activations already; choose another folder or allow overwriting.");
        IReadOnlyList<ActivationShard> shards = ActivationIndex.Read(folder).Shards;
        try
        {
            File.Delete(path);
            foreach (ActivationShard shard in shards) File.Delete(Path.Combine(folder, shard.File));
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.CannotWrite(folder, exception);
        }
    }

    private void WriteShard()
    {
        string name = ShardName(_shards.Count);
        SafetensorsWriter writer = new();
        writer.Add(ActivationIndex.TensorName, _pending.RowRange(0, _pendingRows), _type, _pendingRows, _pending.Columns);
        writer.Save(Path.Combine(_folder, name));
        _shards.Add(new ActivationShard(name, _pendingRows));
        _pendingRows = 0;
    }
}
