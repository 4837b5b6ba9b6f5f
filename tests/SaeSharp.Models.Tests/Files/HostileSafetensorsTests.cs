using System.Buffers.Binary;
using System.Text;
using SaeSharp.Models.Files;

namespace SaeSharp.Models.Tests.Files;

/// <summary>Files that lie: each is refused with one sentence that names the file, and none crashes, hangs or allocates what it claims.</summary>
public sealed class HostileSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[9,9],\"data_offsets\":[0,4]}}", "'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", "'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4],\"data_offsets\":[0,8]}}", "'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],\"data_offsets\":[0,8]}}", "'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999999],\"data_offsets\":[0,8]}}", "'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8000]}}", "truncated")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", "data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", "data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}", "data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":\"0,8\"}}", "data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", "F31")]
    [InlineData("{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", "dtype")]
    [InlineData("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", "dtype")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", "shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":{},\"data_offsets\":[0,8]}}", "shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "JSON")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", "overlap")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", "dimensions")]
    [InlineData("{\"a\":[]}", "'a'")]
    [InlineData("{\"a\":null}", "'a'")]
    [InlineData("{\"__metadata__\":7}", "__metadata__")]
    [InlineData("{\"__metadata__\":{\"x\":7}}", "'x'")]
    [InlineData("{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}", "JSON")]
    [InlineData("[]", "object")]
    [InlineData("", "JSON")]
    [InlineData("{", "JSON")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "JSON")]
    [InlineData("{\"a\":{\"dtype\":\"\\ud800\",\"shape\":[2],\"data_offsets\":[0,8]}}", "JSON")]
    public void A_lying_header_is_refused_in_one_sentence(string header, string mentions)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        string path = _folder.Write("lie.safetensors", File(json, json.Length, new byte[16]));
        string message = Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains(mentions, message, StringComparison.Ordinal);
        Assert.Contains("lie.safetensors", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData(0x7FFFFFFFFFFFFFFF)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(100_000_001)]
    [InlineData(17)]
    public void A_lying_header_length_is_refused(long length)
    {
        string path = _folder.Write("length.safetensors", File("{}"u8.ToArray(), length, new byte[14]));
        Assert.Throws<InputException>(() => SafetensorsFile.Open(path));
    }

    [Fact]
    public void A_header_above_the_limit_is_refused_without_reading_it()
    {
        string path = _folder["large.safetensors"];
        using (FileStream stream = new(path, FileMode.CreateNew))
        {
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, 100_000_001);
            stream.Write(prefix);
            stream.SetLength(200_000_000); // sparse: no bytes on the disk
        }

        Assert.Contains("100000000", Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = Valid();
        for (int length = 0; length < whole.Length; length++)
        {
            string path = _folder.Write("cut.safetensors", whole[..length]);
            Assert.Throws<InputException>(() => SafetensorsFile.Open(path));
        }
    }

    [Fact]
    public void Random_damage_gives_a_readable_file_or_one_sentence()
    {
        byte[] whole = Valid();
        Random random = new(7);
        for (int trial = 0; trial < 3000; trial++)
        {
            byte[] damaged = [.. whole];
            int changes = 1 + random.Next(4);
            for (int i = 0; i < changes; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            string path = _folder.Write("damaged.safetensors", damaged);
            try
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                foreach (TensorInfo info in file.Tensors.Values.Where(tensor => tensor.Type is not (TensorType.F8E4M3 or TensorType.F8E5M2)))
                {
                    Assert.Equal(info.Count, file.ReadFloat32(info.Name).Length);
                }
            }
            catch (InputException exception)
            {
                Assert.DoesNotContain('\n', exception.Message);
            }
        }
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        Random random = new(11);
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            string path = _folder.Write("random.safetensors", bytes);
            Assert.Throws<InputException>(() => SafetensorsFile.Open(path));
        }
    }

    [Fact]
    public void Missing_files_and_folders_are_named()
    {
        Assert.Contains("none.safetensors", Assert.Throws<InputException>(() => SafetensorsFile.Open(_folder["none.safetensors"])).Message, StringComparison.Ordinal);
        Assert.Contains("folder", Assert.Throws<InputException>(() => SafetensorsFile.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unused_bytes_between_tensors_do_no_harm()
    {
        byte[] json = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}"u8.ToArray();
        byte[] data = new byte[16];
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(8), 5f);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("holes.safetensors", File(json, json.Length, data)));
        Assert.Equal([5f], file.ReadFloat32("b"));
    }

    private static byte[] File(byte[] header, long claimedLength, byte[] data)
    {
        byte[] file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, claimedLength);
        header.CopyTo(file, 8);
        data.CopyTo(file, 8 + header.Length);
        return file;
    }

    private static byte[] Valid()
    {
        SafetensorsWriter writer = new();
        writer.Add("weights", [1f, 2f, 3f, 4f, 5f, 6f], 2, 3);
        writer.Add("ids", [1L, 2L]);
        writer.AddScalar("scale", 2f);
        writer.Metadata["format"] = "pt";
        using MemoryStream stream = new();
        writer.Write(stream);
        return stream.ToArray();
    }
}
