using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Files;

/// <summary>Writes a safetensors file: add tensors, then <see cref="Save"/>. Data is read when saving, tensor by tensor, and never held twice.</summary>
/// <remarks>
/// The same tensors give the same bytes in whatever order they were added: sorted by falling type, then name, as the format's own
/// implementation does; the header is padded to 8 bytes. The file is written aside, flushed and renamed (<see cref="AtomicFile"/>).
/// </remarks>
public sealed class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    private readonly List<Entry> _entries = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Notes for the file's <c>__metadata__</c>; none by default.</summary>
    public IDictionary<string, string> Metadata { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Adds a tensor whose elements a callback writes when the file is saved.</summary>
    /// <param name="name">Its name, given once.</param>
    /// <param name="type">What it is stored as.</param>
    /// <param name="shape">Its dimensions; none for a single value.</param>
    /// <param name="write">Writes all elements, row-major.</param>
    /// <exception cref="ArgumentException">The name is taken or reserved, or a dimension is negative.</exception>
    public void Add(string name, TensorType type, ReadOnlySpan<long> shape, Action<TensorStream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(write);
        long count = 1;
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count = checked(count * size);
        }

        if (name == "__metadata__" || !_names.Add(name)) throw new ArgumentException($"The name '{name}' is taken.", nameof(name));
        _entries.Add(new Entry(name, type, shape.ToArray(), count, write));
    }

    /// <summary>Adds a matrix [rows, columns], or with <paramref name="shape"/> any shape of as many elements; gaps between rows are skipped.</summary>
    public void Add(string name, MatrixView values, TensorType type = TensorType.F32, params ReadOnlySpan<long> shape)
    {
        ReadOnlySpan<long> dimensions = shape.IsEmpty ? [values.Rows, values.Columns] : shape;
        CheckCount(name, dimensions, values.Length);
        Add(name, type, dimensions, stream =>
        {
            for (int row = 0; row < values.Rows; row++) stream.Write(values.Row(row));
        });
    }

    /// <summary>Adds the transpose of a matrix: [columns, rows].</summary>
    public void AddTransposed(string name, MatrixView values, TensorType type = TensorType.F32) =>
        Add(name, type, [values.Columns, values.Rows], stream => WriteTransposed(values, stream));

    /// <summary>Adds float32 values.</summary>
    public void Add(string name, ReadOnlyMemory<float> values, TensorType type, params ReadOnlySpan<long> shape)
    {
        CheckCount(name, shape, values.Length);
        Add(name, type, shape, stream => stream.Write(values.Span));
    }

    /// <summary>Adds values stored as they are: <c>double</c>, <c>float</c>, <c>long</c>, <c>int</c>, <c>byte</c>.</summary>
    /// <exception cref="ArgumentException">No tensor type stores elements of <typeparamref name="T"/>, or their number is not the shape's.</exception>
    public void Add<T>(string name, ReadOnlyMemory<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        CheckCount(name, shape, values.Length);
        Add(name, TypeOf<T>(), shape, stream => stream.WriteStored(values.Span));
    }

    /// <summary>Adds an array stored as it is; without a shape it has one dimension.</summary>
    public void Add<T>(string name, T[] values, params ReadOnlySpan<long> shape)
        where T : unmanaged =>
        Add(name, new ReadOnlyMemory<T>(values), shape.IsEmpty ? [values.Length] : shape);

    /// <summary>Adds a single value: a tensor without dimensions.</summary>
    public void AddScalar<T>(string name, T value)
        where T : unmanaged =>
        Add(name, TypeOf<T>(), [], stream => stream.WriteStored([value]));

    /// <summary>Writes the file.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, Write);

    /// <summary>Writes the file's bytes to a stream.</summary>
    public void Write(Stream stream)
    {
        Entry[] ordered = [.. _entries.OrderByDescending(entry => entry.Type).ThenBy(entry => entry.Name, StringComparer.Ordinal)];
        byte[] header = Header(ordered);
        int padded = (header.Length + HeaderAlignment - 1) / HeaderAlignment * HeaderAlignment;
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, padded);
        stream.Write(prefix);
        stream.Write(header);
        for (int i = header.Length; i < padded; i++) stream.WriteByte((byte)' ');
        foreach (Entry entry in ordered)
        {
            TensorStream target = new(stream, entry.Name, entry.Type, entry.Count);
            entry.Write(target);
            target.Finish();
        }
    }

    private static TensorType TypeOf<T>() => Type.GetTypeCode(typeof(T)) switch
    {
        TypeCode.Single => TensorType.F32,
        TypeCode.Double => TensorType.F64,
        TypeCode.Int64 => TensorType.I64,
        TypeCode.Int32 => TensorType.I32,
        TypeCode.Byte => TensorType.U8,
        TypeCode.UInt64 => TensorType.U64,
        TypeCode.UInt32 => TensorType.U32,
        TypeCode.Boolean => TensorType.Bool,
        _ => throw new ArgumentException($"No tensor type stores {typeof(T).Name}."),
    };

    private static void CheckCount(string name, ReadOnlySpan<long> shape, long count)
    {
        long expected = 1;
        foreach (long size in shape) expected = checked(expected * size);
        if (expected != count) throw new ArgumentException($"Tensor '{name}' has {count} elements; its shape {TensorInfo.FormatShape(shape.ToArray())} has {expected}.");
    }

    private static void WriteTransposed(MatrixView values, TensorStream stream)
    {
        // Sixteen columns at a time, so that every cache line of the source is used whole.
        const int Block = 16;
        float[] rows = new float[Math.Min(Block, values.Columns) * values.Rows];
        for (int column = 0; column < values.Columns; column += Block)
        {
            int count = Math.Min(Block, values.Columns - column);
            for (int row = 0; row < values.Rows; row++)
            {
                for (int i = 0; i < count; i++) rows[i * values.Rows + row] = values[row, column + i];
            }

            stream.Write(rows.AsSpan(0, count * values.Rows));
        }
    }

    private byte[] Header(Entry[] ordered)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in Metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (Entry entry in ordered)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type.HeaderName());
                json.WriteStartArray("shape");
                foreach (long size in entry.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset = checked(offset + entry.Count * entry.Type.Size());
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private sealed record Entry(string Name, TensorType Type, long[] Shape, long Count, Action<TensorStream> Write);
}
