using System.Text;
using SaeSharp.Dictionaries;
using SaeSharp.Formats;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Formats;

/// <summary>Folders of dictionary_learning, against what its classes compute from them.</summary>
public sealed class DictionaryLearningTests : IDisposable
{
    /// <summary>The published classes compute in float32 too; the gold allows this much of the largest value.</summary>
    private const double Tolerance = 1e-5;

    private readonly CpuDevice _device = new();

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData("dl_standard", SparsifierKind.Relu)]
    [InlineData("dl_topk", SparsifierKind.TopK)]
    [InlineData("dl_batchtopk", SparsifierKind.BatchTopK)]
    [InlineData("dl_matryoshka", SparsifierKind.BatchTopK)]
    [InlineData("dl_jumprelu", SparsifierKind.JumpRelu)]
    [InlineData("dl_gated", SparsifierKind.Relu)]
    public void Codes_and_reconstruction_are_those_of_the_published_class(string name, SparsifierKind kind)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(TestDictionaries.ExpectedFile(name));
        using Matrix x = TestDictionaries.Read(expected, "x", _device);
        using Matrix expectedCodes = TestDictionaries.Read(expected, "codes", _device);
        using Matrix expectedReconstruction = TestDictionaries.Read(expected, "recon", _device);
        using SparseDictionary dictionary = DictionaryFiles.Load(TestDictionaries.Checkpoint(name, ""), _device);
        Assert.Equal(kind, dictionary.Spec.Sparsifier.Kind);
        AssertComputes(dictionary);
        using TemporaryFolder folder = new();
        DictionaryFiles.Save(dictionary, folder["saelens"], DictionaryLayout.SaeLens);
        using SparseDictionary converted = DictionaryFiles.Load(folder["saelens"], _device);
        AssertComputes(converted);

        void AssertComputes(SparseDictionary actual)
        {
            (Matrix codes, Matrix reconstruction) = TestDictionaries.Run(actual, x);
            using (codes)
            using (reconstruction)
            {
                TestDictionaries.AssertSameZeros(codes, expectedCodes);
                Assert.InRange(TestDictionaries.Deviation(codes, expectedCodes), 0, Tolerance);
                Assert.InRange(TestDictionaries.Deviation(reconstruction, expectedReconstruction), 0, Tolerance);
            }
        }
    }

    [Fact]
    public void What_training_on_needs_is_read_from_the_configuration()
    {
        DictionaryDescription description = DictionaryFiles.Describe(TestDictionaries.Checkpoint("dl_matryoshka", ""));
        DictionarySpec spec = description.Spec;
        Assert.Equal([12, 24, 48], spec.Matryoshka.Widths);
        Assert.All(spec.Matryoshka.Weights, weight => Assert.Equal(1.0 / 9, weight, 12));
        Assert.Equal((6.0, 8, 1.0 / 32, AuxKRule.Sound), (spec.Sparsifier.K, spec.AuxK.K, spec.AuxK.Coefficient, spec.AuxK.Rule));
        Assert.Equal(0.001, spec.Sparsifier.ThresholdRate, 12);
        Assert.Equal("EleutherAI/pythia-70m-deduped", description.Provenance.Model);
        Assert.Equal(["group_sizes", "k"], description.IgnoredTensors);
    }

    [Fact]
    public void Any_change_of_a_file_is_read_or_refused_but_never_breaks()
    {
        using TemporaryFolder folder = new();
        Random random = new(3);
        foreach (string name in (string[])["dl_matryoshka", "dl_topk"])
        {
            Directory.CreateDirectory(folder["d"]);
            foreach (string file in (string[])["ae.pt", "config.json"]) File.Copy(Path.Combine(TestDictionaries.Checkpoint(name, ""), file), Path.Combine(folder["d"], file), overwrite: true);
            foreach (string file in (string[])["ae.pt", "config.json"])
            {
                string path = Path.Combine(folder["d"], file);
                byte[] whole = File.ReadAllBytes(path);
                int pickle = Math.Max(0, whole.AsSpan().IndexOf("data.pkl"u8));
                for (int round = 0; round < 600; round++)
                {
                    byte[] bytes = [.. whole];
                    // Most changes hit the pickle at the start or the zip directory at the end.
                    for (int change = random.Next(1, 4); change > 0; change--)
                        bytes[round % 2 == 0 ? Math.Min(bytes.Length - 1, pickle + random.Next(700)) : bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 700))] = (byte)random.Next(256);
                    File.WriteAllBytes(path, round % 20 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
                    try
                    {
                        DictionaryFiles.Load(folder["d"], _device).Dispose();
                    }
                    catch (InputException error)
                    {
                        Assert.DoesNotContain('\n', error.Message);
                    }
                }

                File.WriteAllBytes(path, whole);
            }
        }
    }

    [Fact]
    public void A_pickle_that_names_code_is_refused_without_running_it()
    {
        using TemporaryFolder folder = new();
        string marker = folder["it-ran"];
        byte[] command = Encoding.UTF8.GetBytes("touch " + marker);
        WriteArchive(folder["evil.pt"], [0x80, 2, .. "cposix\nsystem\n"u8, (byte)'X', .. BitConverter.GetBytes(command.Length), .. command, 0x85, (byte)'R', (byte)'.'], []);
        Assert.Contains("posix.system", Assert.Throws<InputException>(() => TorchFile.Open(folder["evil.pt"])).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(marker));
    }

    /// <summary>Transposed views keep their strides in the file; a view beyond its storage is refused.</summary>
    [Theory]
    [InlineData(0, 2, 3, 1, 2, true)]
    [InlineData(0, 3, 2, 2, 1, true)]
    [InlineData(1, 2, 2, 2, 1, true)]
    [InlineData(1, 3, 2, 2, 1, false)]
    [InlineData(0, 4, 2, 2, 1, false)]
    [InlineData(0, 2, 2, 120, 1, false)]
    [InlineData(0, 200, 3, 0, 0, false)]
    public void Strided_tensors_are_read_by_their_strides(byte offset, byte rows, byte columns, byte rowStride, byte columnStride, bool possible)
    {
        using TemporaryFolder folder = new();
        float[] storage = [0, 1, 2, 3, 4, 5];
        byte[] pickle =
        [
            0x80, 2, .. "}X"u8, 1, 0, 0, 0, (byte)'t', .. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, (byte)'X', 7, 0, 0, 0, .. "storagectorch\nFloatStorage\nX"u8, 1, 0, 0, 0, (byte)'0',
            (byte)'X', 3, 0, 0, 0, .. "cpuK"u8, 6, (byte)'t', (byte)'Q', (byte)'K', offset, (byte)'K', rows, (byte)'K', columns, 0x86, (byte)'K', rowStride, (byte)'K', columnStride, 0x86,
            0x89, .. "ccollections\nOrderedDict\n)RtRs."u8,
        ];
        WriteArchive(folder["t.pt"], pickle, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(storage).ToArray());
        if (!possible)
        {
            Assert.Contains("'t'", Assert.Throws<InputException>(() => TorchFile.Open(folder["t.pt"])).Message, StringComparison.Ordinal);
            return;
        }

        using TorchFile file = TorchFile.Open(folder["t.pt"]);
        float[] values = file.ReadFloat32("t");
        for (int i = 0; i < values.Length; i++) Assert.Equal(offset + (i / columns * rowStride) + (i % columns * columnStride), values[i]);
    }

    private static void WriteArchive(string path, byte[] pickle, byte[] storage)
    {
        using System.IO.Compression.ZipArchive archive = System.IO.Compression.ZipFile.Open(path, System.IO.Compression.ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in ((string, byte[])[])[("ae/data.pkl", pickle), ("ae/data/0", storage), ("ae/byteorder", Encoding.ASCII.GetBytes("little"))])
        {
            using Stream stream = archive.CreateEntry(name, System.IO.Compression.CompressionLevel.NoCompression).Open();
            stream.Write(content);
        }
    }
}
