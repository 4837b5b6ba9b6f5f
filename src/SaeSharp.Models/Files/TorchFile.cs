using SaeSharp.Models.Files.Torch;

namespace SaeSharp.Models.Files;

/// <summary>The tensors of a file that <c>torch.save</c> wrote (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>), without executing the pickle in it.</summary>
/// <remarks>
/// Read are dictionaries of tensors, also nested ones, whose keys are joined by dots; what is no tensor is left out.
/// The archive is mapped into memory, and every storage, offset, shape and stride is checked when it is opened. Safe for concurrent reads.
/// </remarks>
public sealed class TorchFile : ITensorSource
{
    private const int LargestPickle = 1 << 26;
    private const int DeepestNesting = 8;
    private const int MostValues = 1 << 20;

    private readonly MappedFile _file;
    private readonly Dictionary<string, ZipEntry> _entries;
    private readonly string _folder;
    private int _values;
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> _strides = new(StringComparer.Ordinal);

    private TorchFile(MappedFile file)
    {
        _file = file;
        _entries = ZipIndex.Read(file);
        string[] pickles = [.. _entries.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal))];
        if (pickles.Length != 1) throw new InputException($"{Path} is not a file that torch.save wrote: it has {pickles.Length} entries data.pkl.");
        _folder = pickles[0][..^"data.pkl".Length];
        RequireLittleEndian();
        ZipEntry pickle = _entries[pickles[0]];
        if (pickle.Length > LargestPickle) throw new InputException($"The pickle in {Path} has {pickle.Length} bytes; at most {LargestPickle} are read.");
        Add(string.Empty, PickleReader.Read(Path, file.Bytes(pickle.Offset, (int)pickle.Length)), 0);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InputException">It is missing, damaged, or holds something else than tensors in dictionaries.</exception>
    public static TorchFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new TorchFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public TensorInfo Info(string name) => _tensors.TryGetValue(name, out TensorInfo? info)
        ? info
        : throw new InputException($"{Path} has no tensor '{name}'{(_tensors.Count <= 12 ? $" (it has {string.Join(", ", _tensors.Keys)})" : string.Empty)}.");

    /// <inheritdoc/>
    public void ReadFloat32(string name, long start, Span<float> values) => Read(name, start, values, TensorConversion.ToFloat32);

    /// <inheritdoc/>
    public void ReadFloat64(string name, long start, Span<double> values) => Read(name, start, values, TensorConversion.ToFloat64);

    /// <inheritdoc/>
    public void ReadInt64(string name, long start, Span<long> values) => Read(name, start, values, TensorConversion.ToInt64);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private delegate bool Conversion<T>(TensorType type, ReadOnlySpan<byte> source, Span<T> target);

    private void Read<T>(string name, long start, Span<T> values, Conversion<T> convert)
    {
        TensorInfo info = Info(name);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, info.Count - values.Length);
        int size = info.Type.Size();
        if (!_strides.TryGetValue(name, out long[]? strides))
        {
            const int Slice = 1 << 24;
            for (int done = 0; done < values.Length; done += Slice)
            {
                Span<T> slice = values.Slice(done, Math.Min(Slice, values.Length - done));
                Check(convert(info.Type, _file.Bytes(info.Offset + ((start + done) * size), slice.Length * size), slice));
            }

            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            long place = 0, rest = start + i;
            for (int d = strides.Length - 1; d >= 0; d--)
            {
                place += rest % info.Shape[d] * strides[d];
                rest /= info.Shape[d];
            }

            Check(convert(info.Type, _file.Bytes(info.Offset + (place * size), size), values.Slice(i, 1)));
        }

        void Check(bool converted)
        {
            if (!converted) throw new InputException($"Tensor '{name}' in {Path} holds {info.Type.HeaderName()} values that cannot be read as {typeof(T).Name}.");
        }
    }

    private void RequireLittleEndian()
    {
        if (!_entries.TryGetValue(_folder + "byteorder", out ZipEntry entry)) return;
        if (entry.Length != 6 || !_file.Bytes(entry.Offset, 6).SequenceEqual("little"u8)) throw new InputException($"{Path} was written by a big-endian machine, which is not supported.");
    }

    private void Add(string name, object? value, int depth)
    {
        // One dictionary may stand in many places of a pickle, so what is visited has to be bounded too.
        if (depth > DeepestNesting || ++_values > MostValues) throw new InputException($"{Path} nests dictionaries more than {DeepestNesting} deep, or has more than {MostValues} values.");
        if (value is PickledTensor tensor) Add(name, tensor);
        if (value is not Dictionary<object, object?> dictionary) return;
        foreach ((object key, object? item) in dictionary) Add(name.Length == 0 ? $"{key}" : $"{name}.{key}", item, depth + 1);
    }

    private void Add(string name, PickledTensor tensor)
    {
        int size = tensor.Storage.Type.Size();
        if (!_entries.TryGetValue($"{_folder}data/{tensor.Storage.Key}", out ZipEntry data)) throw Wrong(name, "its numbers are not in the archive");
        long held = data.Length / size;
        if (tensor.Storage.Count > held) throw Wrong(name, $"its storage claims {tensor.Storage.Count} numbers and has {held}");
        if (tensor.Shape.Length != tensor.Strides.Length || tensor.Shape.Length > 16) throw Wrong(name, "its shape and strides do not go together");
        long count = 1, last = tensor.Offset;
        bool contiguous = true;
        for (int d = tensor.Shape.Length - 1; d >= 0; d--)
        {
            long length = tensor.Shape[d], stride = tensor.Strides[d];
            contiguous &= length == 1 || stride == count;
            // A view never has more elements than its storage here, so neither product can overflow.
            if (length > 0 && count > held / length) throw Wrong(name, $"its shape has more elements than its storage, which has {held}");
            count *= length;
            if (length > 1 && stride > (held - last) / (length - 1)) throw Wrong(name, "it reaches beyond its storage");
            if (length > 1) last += stride * (length - 1);
        }

        if (count > 0 && (last < 0 || last >= held)) throw Wrong(name, "it reaches beyond its storage");
        if (!_tensors.TryAdd(name, new TensorInfo(name, tensor.Storage.Type, tensor.Shape, count, data.Offset + (tensor.Offset * size)))) throw Wrong(name, "it is there twice");
        if (!contiguous && count > 0) _strides[name] = tensor.Strides;
    }

    private InputException Wrong(string name, string what) => new($"Tensor '{new string([.. name.Take(80).Select(c => char.IsControl(c) ? '?' : c)])}' in {Path} is damaged: {what}.");
}
