using System.Buffers.Binary;
using System.Text;

namespace SaeSharp.Models.Files.Torch;

/// <summary>Reads the pickle of a file that torch.save wrote, for the few things that a dictionary of tensors consists of.</summary>
/// <remarks>
/// It never executes anything: a global is one of a few names that stand for data, calling one builds a record, and every other
/// opcode or name is refused. All indices are checked; the work is bounded by the length of the pickle.
/// </remarks>
internal sealed class PickleReader
{
    private const int LongestText = 1 << 16;
    private const int MostObjects = 1 << 20;

    private readonly Stack<object?> _stack = new();
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly string _path;

    private PickleReader(string path) => _path = path;

    /// <summary>The object that a pickle describes: dictionaries, tuples, numbers, text and <see cref="PickledTensor"/>s.</summary>
    /// <exception cref="InputException">It is damaged, or holds something else.</exception>
    public static object? Read(string path, ReadOnlySpan<byte> pickle) => new PickleReader(path).Run(new PickleBytes(path, pickle));

    private object? Run(PickleBytes bytes)
    {
        while (true)
        {
            byte opcode = bytes.Byte();
            switch (opcode)
            {
                case (byte)'.': return Pop();
                case 0x80: bytes.Byte(); break; // PROTO
                case 0x95: bytes.Take(8); break; // FRAME
                case (byte)'(': Push(PickleMark.Instance); break;
                case (byte)'}': Push(new Dictionary<object, object?>()); break;
                case (byte)']': Push(new List<object?>()); break;
                case (byte)')': Push(Array.Empty<object?>()); break;
                case (byte)'N': Push(null); break;
                case 0x88: Push(true); break;
                case 0x89: Push(false); break;
                case (byte)'K': Push((long)bytes.Byte()); break;
                case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(bytes.Take(2))); break;
                case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(bytes.Take(4))); break;
                case 0x8A: Push(LongInteger(bytes.Take(bytes.Byte()))); break;
                case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(bytes.Take(8))); break;
                case (byte)'X': Push(bytes.Text(BinaryPrimitives.ReadUInt32LittleEndian(bytes.Take(4)), LongestText)); break;
                case 0x8C: Push(bytes.Text(bytes.Byte(), LongestText)); break;
                case (byte)'q': Memorize(bytes.Byte()); break;
                case (byte)'r': Memorize(BinaryPrimitives.ReadUInt32LittleEndian(bytes.Take(4))); break;
                case 0x94: Memorize((uint)_memo.Count); break; // MEMOIZE
                case (byte)'h': Push(Recall(bytes.Byte())); break;
                case (byte)'j': Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(bytes.Take(4)))); break;
                case (byte)'c': Push(Global(bytes.Line(), bytes.Line())); break;
                case 0x93: PushStackGlobal(); break;
                case (byte)'t': Push(PopToMark()); break;
                case 0x85: Push(PopMany(1)); break;
                case 0x86: Push(PopMany(2)); break;
                case 0x87: Push(PopMany(3)); break;
                case (byte)'Q': Push(Storage(Pop())); break;
                case (byte)'R': Reduce(); break;
                case (byte)'s': SetItems(PopMany(2)); break;
                case (byte)'u': SetItems(PopToMark()); break;
                case (byte)'a': Append(PopMany(1)); break;
                case (byte)'e': Append(PopToMark()); break;
                case (byte)'b': Pop(); Peek(); break; // BUILD: attributes of a dictionary, e.g. versions of modules
                default: throw bytes.Wrong($"it has the opcode 0x{opcode:X2}, which no dictionary of tensors needs");
            }
        }
    }

    private static object LongInteger(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8) return double.NaN;
        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    private object Global(string module, string name) => (module, name) switch
    {
        ("torch._utils", "_rebuild_tensor_v2") => PickleGlobal.RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => PickleGlobal.RebuildParameter,
        ("collections", "OrderedDict") => PickleGlobal.OrderedDictionary,
        ("torch", "FloatStorage") => TensorType.F32,
        ("torch", "DoubleStorage") => TensorType.F64,
        ("torch", "HalfStorage") => TensorType.F16,
        ("torch", "BFloat16Storage") => TensorType.BF16,
        ("torch", "LongStorage") => TensorType.I64,
        ("torch", "IntStorage") => TensorType.I32,
        ("torch", "ShortStorage") => TensorType.I16,
        ("torch", "CharStorage") => TensorType.I8,
        ("torch", "ByteStorage") => TensorType.U8,
        ("torch", "BoolStorage") => TensorType.Bool,
        _ => throw Wrong($"it names {Printable(module)}.{Printable(name)}; only tensors in dictionaries are read, and nothing is ever executed"),
    };

    private void PushStackGlobal()
    {
        object?[] names = PopMany(2);
        Push(names is [string module, string name] ? Global(module, name) : throw Wrong("a name in it is no text"));
    }

    private PickledStorage Storage(object? id) => id is object?[] and ["storage", TensorType type, string key, string, long count, ..] && count >= 0
        ? new PickledStorage(type, key, count)
        : throw Wrong("it refers to something that is not a storage of numbers");

    private void Reduce()
    {
        object?[] arguments = Pop() as object?[] ?? throw Wrong("it calls something without arguments");
        object? function = Pop();
        Push((function, arguments) switch
        {
            (PickleGlobal.RebuildTensor, [PickledStorage storage, long offset, object?[] shape, object?[] strides, ..]) => new PickledTensor(storage, offset, Numbers(shape), Numbers(strides)),
            (PickleGlobal.RebuildParameter, [PickledTensor tensor, ..]) => tensor,
            (PickleGlobal.OrderedDictionary, []) => new Dictionary<object, object?>(),
            _ => throw Wrong("it builds something that is neither a tensor nor a dictionary"),
        });
    }

    private long[] Numbers(object?[] values)
    {
        long[] numbers = new long[values.Length];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = values[i] is long number and >= 0 ? number : throw Wrong("a shape in it holds something that is no size");
        return numbers;
    }

    private void SetItems(object?[] items)
    {
        if (Peek() is not Dictionary<object, object?> dictionary || items.Length % 2 != 0) throw Wrong("it fills something that is no dictionary");
        for (int i = 0; i < items.Length; i += 2)
        {
            object key = items[i] is string or long ? items[i]! : throw Wrong("a dictionary in it has a key that is neither text nor a number");
            dictionary[key] = items[i + 1];
        }
    }

    private void Append(object?[] items) => (Peek() as List<object?> ?? throw Wrong("it appends to something that is no list")).AddRange(items);

    private void Push(object? value)
    {
        if (_stack.Count >= MostObjects) throw Wrong("it holds too many objects");
        _stack.Push(value);
    }

    private void Memorize(uint index)
    {
        if (_memo.Count >= MostObjects) throw Wrong("it holds too many objects");
        _memo[index] = Peek();
    }

    private object? Pop() => _stack.TryPop(out object? value) && value != PickleMark.Instance ? value : throw Wrong("it takes more than it has put");

    private object? Peek() => _stack.TryPeek(out object? value) && value != PickleMark.Instance ? value : throw Wrong("it takes more than it has put");

    private object?[] PopMany(int count)
    {
        object?[] values = new object?[count];
        for (int i = count - 1; i >= 0; i--) values[i] = Pop();
        return values;
    }

    private object?[] PopToMark()
    {
        List<object?> values = [];
        while (_stack.TryPop(out object? value))
        {
            if (value == PickleMark.Instance)
            {
                values.Reverse();
                return [.. values];
            }

            values.Add(value);
        }

        throw Wrong("it takes more than it has put");
    }

    private object? Recall(uint index) => _memo.TryGetValue(index, out object? value) ? value : throw Wrong("it recalls something that it has not stored");

    private static string Printable(string name) => new([.. name.Take(60).Select(c => char.IsControl(c) ? '?' : c)]);

    private InputException Wrong(string what) => new($"The pickle in {_path} is not read: {what}.");
}
