using SaeSharp.Models.Files;

namespace SaeSharp.Models.Tests.Files;

public sealed class SafetensorsRoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_type_reads_back_what_was_written()
    {
        SafetensorsWriter writer = new();
        writer.Add("f32", [1.5f, -2f, float.MaxValue, 0f], 2, 2);
        writer.Add("f64", [Math.PI, -1e300], 2);
        writer.Add("i64", [long.MinValue, long.MaxValue, 0]);
        writer.Add("i32", [int.MinValue, 7]);
        writer.Add("u8", new byte[] { 0, 255 });
        writer.AddScalar("scalar", 42L);
        writer.Add("empty", Array.Empty<float>(), 0, 3);
        writer.Metadata["format"] = "pt";
        writer.Save(_folder["all.safetensors"]);

        using SafetensorsFile file = SafetensorsFile.Open(_folder["all.safetensors"]);
        Assert.Equal([1.5f, -2f, float.MaxValue, 0f], file.ReadFloat32("f32"));
        Assert.Equal([2L, 2L], file.Info("f32").Shape);
        Assert.Equal([Math.PI, -1e300], file.ReadFloat64("f64"));
        Assert.Equal([long.MinValue, long.MaxValue, 0], file.ReadInt64("i64"));
        Assert.Equal([int.MinValue, 7], file.ReadInt64("i32"));
        Assert.Equal([0, 255], file.ReadInt64("u8"));
        Assert.Equal([42L], file.ReadInt64("scalar"));
        Assert.Empty(file.Info("scalar").Shape);
        Assert.Empty(file.ReadFloat32("empty"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal((float)Math.PI, file.ReadFloat32("f64")[0]);
        Assert.Equal(1.5, file.ReadFloat64("f32")[0]);
    }

    [Fact]
    public void Every_bfloat16_and_half_pattern_widens_exactly_and_narrows_back()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        SafetensorsWriter writer = new();
        writer.Add("b", TensorType.BF16, [65536], stream => stream.WriteStored<ushort>(patterns));
        writer.Add("h", TensorType.F16, [65536], stream => stream.WriteStored<ushort>(patterns));
        writer.Save(_folder["half.safetensors"]);

        using SafetensorsFile file = SafetensorsFile.Open(_folder["half.safetensors"]);
        float[] wideB = file.ReadFloat32("b");
        float[] wideH = file.ReadFloat32("h");
        for (int i = 0; i < 65536; i++)
        {
            Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(wideB[i]));
            Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)i), wideH[i]);
        }

        SafetensorsWriter again = new();
        again.Add("b", wideB, TensorType.BF16, 65536);
        again.Add("h", wideH, TensorType.F16, 65536);
        again.Save(_folder["again.safetensors"]);
        using SafetensorsFile narrowed = SafetensorsFile.Open(_folder["again.safetensors"]);
        float[] backB = narrowed.ReadFloat32("b");
        float[] backH = narrowed.ReadFloat32("h");
        for (int i = 0; i < 65536; i++)
        {
            Assert.True(backB[i].Equals(wideB[i]), $"bf16 pattern {i:X4}");
            Assert.True(backH[i].Equals(wideH[i]), $"half pattern {i:X4}");
        }
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to the even neighbour, down
    [InlineData(0x3F818000u, 0x3F82)] // and up
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest float is nearer to infinity
    public void Bfloat16_rounds_to_nearest_even(uint bits, int expected)
    {
        SafetensorsWriter writer = new();
        writer.Add("x", new[] { BitConverter.UInt32BitsToSingle(bits) }, TensorType.BF16, 1);
        writer.Save(_folder["x.safetensors"]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["x.safetensors"]);
        Assert.Equal((uint)expected << 16, BitConverter.SingleToUInt32Bits(file.ReadFloat32("x")[0]));
    }

    [Fact]
    public void Same_tensors_give_same_bytes_in_any_order()
    {
        byte[] Bytes(bool reversed)
        {
            SafetensorsWriter writer = new();
            Action[] adds =
            [
                () => writer.Add("a", [1f, 2f]),
                () => writer.Add("z", [1L]),
                () => writer.Add("b", [3f]),
                () => writer.Metadata["k"] = "v",
                () => writer.Metadata["a"] = "b",
            ];
            foreach (Action add in reversed ? adds.Reverse() : adds) add();
            using MemoryStream stream = new();
            writer.Write(stream);
            return stream.ToArray();
        }

        Assert.Equal(Bytes(false), Bytes(true));
        Assert.Equal(0, BitConverter.ToInt64(Bytes(false)) % 8);
    }

    [Fact]
    public void A_published_file_is_rewritten_byte_for_byte()
    {
        // The gold files' writer sorts as the format's own implementation does; the same tensors must give the same file.
        string original = Path.Combine(AppContext.BaseDirectory, "Data", "gpt2", "base-bf16", "model.safetensors");
        using SafetensorsFile file = SafetensorsFile.Open(original);
        SafetensorsWriter writer = new();
        foreach ((string key, string value) in file.Metadata) writer.Metadata[key] = value;
        foreach (TensorInfo info in file.Tensors.Values)
        {
            writer.Add(info.Name, info.Type, [.. info.Shape], stream => stream.Write(file.ReadFloat32(info.Name)));
        }

        using MemoryStream rewritten = new();
        writer.Write(rewritten);
        Assert.Equal(File.ReadAllBytes(original), rewritten.ToArray());
    }

    [Fact]
    public void A_part_of_a_tensor_reads_as_the_whole_does()
    {
        SafetensorsWriter writer = new();
        writer.Add("x", Enumerable.Range(0, 100).Select(i => (float)i).ToArray(), 10, 10);
        writer.Save(_folder["x.safetensors"]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["x.safetensors"]);
        float[] part = new float[7];
        file.ReadFloat32("x", 33, part);
        Assert.Equal(Enumerable.Range(33, 7).Select(i => (float)i), part);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadFloat32("x", 95, part));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadFloat32("x", -1, part));
    }

    [Fact]
    public void Values_that_cannot_be_integers_are_refused()
    {
        SafetensorsWriter writer = new();
        writer.Add("f", [1f]);
        writer.Add("u", [ulong.MaxValue]);
        writer.Save(_folder["x.safetensors"]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["x.safetensors"]);
        Assert.Contains("'f'", Assert.Throws<InputException>(() => file.ReadInt64("f")).Message, StringComparison.Ordinal);
        Assert.Contains("'u'", Assert.Throws<InputException>(() => file.ReadInt64("u")).Message, StringComparison.Ordinal);
        Assert.Contains("'missing'", Assert.Throws<InputException>(() => file.ReadFloat32("missing")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Writing_fewer_or_more_elements_than_declared_is_a_programming_error_and_leaves_no_file()
    {
        SafetensorsWriter few = new();
        few.Add("x", TensorType.F32, [3], stream => stream.Write([1f]));
        Assert.Throws<ArgumentException>(() => few.Save(_folder["x.safetensors"]));
        SafetensorsWriter many = new();
        many.Add("x", TensorType.F32, [1], stream => stream.Write([1f, 2f]));
        Assert.Throws<ArgumentException>(() => many.Save(_folder["x.safetensors"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }
}
