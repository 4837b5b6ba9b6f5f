using System.Buffers.Binary;
using System.Text;

namespace SaeSharp.Models.Files.Torch;

/// <summary>Finds the files of a zip archive, which torch writes uncompressed so that they can be mapped.</summary>
/// <remarks>Only what such archives use is read: one disk, no compression, no encryption, 64-bit sizes. Every offset is checked against the archive.</remarks>
internal static class ZipIndex
{
    private const uint EndSignature = 0x06054B50;
    private const uint End64Signature = 0x06064B50;
    private const uint Locator64Signature = 0x07064B50;
    private const uint DirectorySignature = 0x02014B50;
    private const uint FileSignature = 0x04034B50;
    private const int EndLength = 22;
    private const int LongestComment = ushort.MaxValue;
    private const int LargestDirectory = 1 << 28;

    /// <summary>Lists the files by name.</summary>
    /// <exception cref="InputException">It is no such archive.</exception>
    public static Dictionary<string, ZipEntry> Read(MappedFile file)
    {
        (long count, long length, long start) = FindDirectory(file);
        if (length > LargestDirectory || start < 0 || length < 0 || start > file.Length - length) throw Damaged(file, "its directory lies outside the file");
        ReadOnlySpan<byte> directory = file.Bytes(start, (int)length);
        Dictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);
        for (long i = 0; i < count; i++)
        {
            if (directory.Length < 46 || Read32(directory, 0) != DirectorySignature) throw Damaged(file, "its directory is cut off");
            int nameLength = Read16(directory, 28), extraLength = Read16(directory, 30), commentLength = Read16(directory, 32);
            if (directory.Length < 46 + nameLength + extraLength + commentLength) throw Damaged(file, "its directory is cut off");
            string name = Encoding.UTF8.GetString(directory.Slice(46, nameLength));
            if (Read16(directory, 10) != 0 || (Read16(directory, 8) & 1) != 0) throw Damaged(file, $"'{Printable(name)}' in it is compressed or encrypted, which torch never does");
            ZipEntry entry = ReadEntry(file, directory, directory.Slice(46 + nameLength, extraLength), name);
            if (!entries.TryAdd(name, entry)) throw Damaged(file, $"it has '{Printable(name)}' twice");
            directory = directory[(46 + nameLength + extraLength + commentLength)..];
        }

        return entries;
    }

    private static ZipEntry ReadEntry(MappedFile file, ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra, string name)
    {
        long stored = Read32(header, 20), length = Read32(header, 24), start = Read32(header, 42);
        if (stored == uint.MaxValue || length == uint.MaxValue || start == uint.MaxValue)
        {
            ReadOnlySpan<byte> wide = FindWideSizes(extra);
            length = Widen(length, ref wide);
            stored = Widen(stored, ref wide);
            start = Widen(start, ref wide);
        }

        if (start < 0 || start > file.Length - 30) throw Damaged(file, $"'{Printable(name)}' lies outside of it");
        ReadOnlySpan<byte> local = file.Bytes(start, 30);
        if (Read32(local, 0) != FileSignature) throw Damaged(file, $"'{Printable(name)}' is not where its directory says");
        long data = start + 30 + Read16(local, 26) + Read16(local, 28);
        if (length < 0 || stored != length || data > file.Length - length) throw Damaged(file, $"'{Printable(name)}' lies outside of it");
        return new ZipEntry(data, length);
    }

    private static (long Count, long Length, long Start) FindDirectory(MappedFile file)
    {
        if (file.Length < EndLength) throw Damaged(file, $"it has only {file.Length} bytes");
        int tail = (int)Math.Min(file.Length, EndLength + LongestComment);
        long tailStart = file.Length - tail;
        ReadOnlySpan<byte> bytes = file.Bytes(tailStart, tail);
        int end = tail - EndLength;
        while (end >= 0 && Read32(bytes, end) != EndSignature) end--;
        if (end < 0) throw Damaged(file, "it has no zip directory");
        long count = Read16(bytes, end + 10), length = Read32(bytes, end + 12), start = Read32(bytes, end + 16);
        if (count != ushort.MaxValue && length != uint.MaxValue && start != uint.MaxValue) return (count, length, start);
        long locator = tailStart + end - 20;
        if (locator < 0 || Read32(file.Bytes(locator, 20), 0) != Locator64Signature) throw Damaged(file, "its 64-bit directory is missing");
        long wide = (long)Read64(file.Bytes(locator, 20), 8);
        if (wide < 0 || wide > file.Length - 56 || Read32(file.Bytes(wide, 56), 0) != End64Signature) throw Damaged(file, "its 64-bit directory is missing");
        ReadOnlySpan<byte> record = file.Bytes(wide, 56);
        return ((long)Read64(record, 32), (long)Read64(record, 40), (long)Read64(record, 48));
    }

    private static ReadOnlySpan<byte> FindWideSizes(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int length = Read16(extra, 2);
            if (length > extra.Length - 4) break;
            if (Read16(extra, 0) == 1) return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }

        return [];
    }

    private static long Widen(long value, ref ReadOnlySpan<byte> wide)
    {
        if (value != uint.MaxValue || wide.Length < 8) return value;
        value = (long)Read64(wide, 0);
        wide = wide[8..];
        return value;
    }

    private static int Read16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint Read32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong Read64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    private static string Printable(string name) => new([.. name.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);

    private static InputException Damaged(MappedFile file, string what) => new($"{file.Path} is not a file that torch.save wrote: {what}.");
}
