using System.Text;

namespace SaeSharp.Models.Files.Torch;

/// <summary>The bytes of a pickle, taken from the front; taking more than there are is an error and never a crash.</summary>
internal ref struct PickleBytes(string path, ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Take(1)[0];

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw Wrong("it is cut off");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public string Text(uint length, int longest) =>
        length <= longest ? Encoding.UTF8.GetString(Take((int)length)) : throw Wrong($"a text in it has {length} bytes");

    public string Line()
    {
        int end = _rest.IndexOf((byte)'\n');
        string line = end is >= 0 and < 1024 ? Encoding.UTF8.GetString(_rest[..end]) : throw Wrong("it is cut off");
        _rest = _rest[(end + 1)..];
        return line;
    }

    public readonly InputException Wrong(string what) => new($"The pickle in {path} is not read: {what}.");
}
