using SaeSharp.Activations;
using SaeSharp.Activations.Capture;
using SaeSharp.Activations.Contexts;
using SaeSharp.Activations.Corpora;
using SaeSharp.Activations.Pipeline;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;
using SaeSharp.Training;

namespace SaeSharp.Tests.Activations;

public sealed class SourceTests : IDisposable
{
    private const int Width = 8;
    private const int Context = 12;
    private const int EndOfText = 4095;

    private static readonly DataSpec Plain = new()
    {
        Context = Context,
        ModelBatch = 3,
        ExcludeSpecialTokens = false,
        ExcludeNormOutliers = false,
        Normalize = Normalization.None,
        Shuffle = Shuffle.None,
        PrependBos = false,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new();

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Given_vectors_come_in_their_order_and_begin_again()
    {
        Recipe recipe = Given(rows: 50, Plain, batch: 7, steps: 20);
        using IActivationSource source = ActivationSources.Create(recipe, _device);
        using Matrix batch = _device.Allocate(7, Width);
        for (int step = 0; step < 20; step++)
        {
            Assert.True(source.TryFill(batch));
            for (int row = 0; row < 7; row++) Assert.Equal(((step * 7) + row) % 50, batch[row, 0]);
        }

        Assert.False(source.TryFill(batch));
        Assert.Equal(new ActivationCounts(140, 0, 0, 2), source.Counts);
        Assert.Equal(1, source.InputScale);
    }

    [Theory]
    [InlineData("activations", 2)]
    [InlineData("x", 2)]
    [InlineData("anything", 2)]
    [InlineData("x", 3)]
    public void The_tensor_is_found_and_three_dimensions_read_as_rows_in_order(string name, int dimensions)
    {
        float[] values = [.. Enumerable.Range(0, 6 * Width).Select(i => (float)i)];
        SafetensorsWriter writer = new();
        writer.Add(name, values, dimensions == 2 ? [6, Width] : [2, 3, Width]);
        writer.Add("labels", new long[6], 6);
        writer.Save(_folder["a.safetensors"]);
        using IActivationSource source = ActivationSources.Create(new Recipe { Activations = _folder["a.safetensors"], Data = Plain, Training = new TrainingSpec { Batch = 6, Steps = 1 } }, _device);
        using Matrix batch = _device.Allocate(6, Width);
        Assert.True(source.TryFill(batch));
        Assert.Equal(values, batch.AsSpan().ToArray());
    }

    /// <summary>When as many vectors are wanted as there are, each comes once.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(1000)]
    public void A_shuffled_source_delivers_every_vector_once_in_an_order_of_the_seed(int buffer)
    {
        DataSpec data = Plain with { Shuffle = Shuffle.Buffer, ShuffleBuffer = buffer };
        float[][] orders = [.. ((ulong[])[0, 0, 1]).Select(seed => Order(Given(480, data, batch: 8, steps: 60, seed)))];
        Assert.Equal(Enumerable.Range(0, 480).Select(i => (float)i), orders[0].Order());
        Assert.Equal(orders[0], orders[1]);
        Assert.NotEqual(orders[0], orders[2]);
        Assert.NotEqual(orders[0].Order(), orders[0]);
    }

    /// <summary>A vector leaves a full buffer of N after N draws on average, so neighbours end up far apart.</summary>
    [Fact]
    public void A_shuffle_buffer_takes_neighbours_apart()
    {
        float[] order = Order(Given(4096, Plain with { Shuffle = Shuffle.Buffer, ShuffleBuffer = 512 }, batch: 32, steps: 128));
        double distance = Enumerable.Range(1, order.Length - 1).Average(i => Math.Abs(order[i] - order[i - 1]));
        Assert.InRange(distance, 200, 1500);
    }

    public static TheoryData<bool, Shuffle> Kinds => new() { { false, Shuffle.None }, { false, Shuffle.Buffer }, { true, Shuffle.None }, { true, Shuffle.Buffer } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_source_restored_at_any_moment_goes_on_bit_for_bit(bool fromModel, Shuffle shuffle)
    {
        const int Steps = 40;
        DataSpec data = new() { Context = Context, ModelBatch = 3, Shuffle = shuffle, ShuffleBuffer = 64, CalibrationTokens = 100, OutlierFactor = 1.05 };
        VectorSource Open() => fromModel ? FromModel(data, batch: 9, Steps) : (VectorSource)ActivationSources.Create(Given(131, data, batch: 9, Steps), _device);
        List<float[]> expected = [];
        ActivationCounts counts;
        using (VectorSource whole = Open())
        {
            for (float[]? next; (next = Fill(whole, 9)) != null;) expected.Add(next);
            counts = whole.Counts;
        }

        Assert.Equal(Steps, expected.Count);
        Assert.True(counts.NormOutliers > 0 && counts.Epochs > 0, counts.ToString());
        Random random = new(5);
        VectorSource source = Open();
        for (int step = 0; step < Steps; step++)
        {
            // Twice in a row now and then: a source must be saveable before it has delivered anything since it was restored.
            for (int times = random.Next(3); times > 0; times--)
            {
                CheckpointWriter writer = new();
                source.Save(writer);
                writer.Save(_folder["checkpoint"]);
                source.Dispose();
                source = Open();
                using CheckpointReader reader = new(_folder["checkpoint"]);
                source.Restore(reader);
            }

            Assert.Equal(expected[step], Fill(source, 9));
        }

        Assert.Equal(counts, source.Counts);
        Assert.Null(Fill(source, 9));
        source.Dispose();
    }

    [Fact]
    public void What_is_delivered_does_not_depend_on_the_number_of_threads()
    {
        DataSpec data = new() { Context = Context, ModelBatch = 3, ShuffleBuffer = 64, CalibrationTokens = 100 };
        float[] one = Run(1), four = Run(4);
        Assert.Equal(one, four);

        float[] Run(int threads)
        {
            using CpuDevice device = new(threads);
            using VectorSource source = FromModel(data, 16, 10, device: device);
            return [.. Enumerable.Range(0, 10).SelectMany(_ => Fill(source, 16)!)];
        }
    }

    [Fact]
    public void Special_tokens_and_norm_outliers_are_left_out_and_counted()
    {
        DataSpec data = Plain with { PrependBos = true, ExcludeSpecialTokens = true, ExcludeNormOutliers = true, OutlierFactor = 3, CalibrationTokens = 200 };
        FakeHost host = new(Width, Context) { FirstPositionFactor = 10 };
        using VectorSource source = FromModel(data, 10, 30, host);
        using VectorSource everything = FromModel(data with { ExcludeSpecialTokens = false, ExcludeNormOutliers = false }, 10, 300);
        HashSet<string> seen = [];
        for (int step = 0; step < 30; step++)
        {
            foreach (float[] vector in Fill(source, 10)!.Chunk(Width)) seen.Add(string.Join(" ", vector));
        }

        float[] special = new float[Width];
        for (int position = 0; position < Context; position++)
        {
            host.Vector(EndOfText, position, special);
            Assert.DoesNotContain(string.Join(" ", special), seen);
        }

        Assert.True(source.Counts.SpecialTokens >= 300 / Context);
        Assert.Equal(0, source.Counts.NormOutliers);
        using VectorSource sinks = FromModel(data with { ExcludeSpecialTokens = false }, 10, 30, new FakeHost(Width, Context) { FirstPositionFactor = 10 });
        while (Fill(sinks, 10) is { } batch) Assert.All(batch, value => Assert.InRange(value, 1, 2));
        Assert.True(sinks.Counts.NormOutliers >= 300 / Context);
    }

    [Fact]
    public void Vectors_are_scaled_to_mean_norm_root_of_width()
    {
        DataSpec data = Plain with { Normalize = Normalization.SqrtWidth, CalibrationTokens = 1_000_000 };
        using VectorSource scaled = FromModel(data, 20, 5);
        using VectorSource plain = FromModel(data with { Normalize = Normalization.None }, 20, 5);
        float[] a = Fill(scaled, 20)!, b = Fill(plain, 20)!;
        Assert.NotEqual(1, scaled.InputScale);
        for (int i = 0; i < a.Length; i++) Assert.Equal((float)scaled.InputScale * b[i], a[i]);
        // The whole corpus is the calibration set, so over one pass the mean norm is √D up to float32.
        using VectorSource pass = FromModel(data, 1, long.MaxValue, repeat: false);
        double sum = 0;
        int count = 0;
        using Matrix row = _device.Allocate(1, Width);
        for (; pass.TryFill(row); count++) sum += Math.Sqrt(_device.SumOfSquares(row));
        Assert.Equal(Math.Sqrt(Width), sum / count, 5);
    }

    [Fact]
    public void Short_contexts_are_padded_and_the_padding_is_never_delivered()
    {
        DataSpec data = Plain with { PerDocument = true };
        string[] documents = CorpusFile.Documents(20, seed: 9);
        FakeHost host = new(Width, Context);
        using VectorSource source = FromModel(data, 1, long.MaxValue, host, documents: documents, repeat: false);
        using Matrix row = _device.Allocate(1, Width);
        float[] expected = new float[Width];
        foreach (string document in documents)
        {
            int[] tokens = SaeSharp.Models.Tokenizers.TokenizerExtensions.Encode(CorpusFile.Tokenizer, document);
            for (int i = 0; i < tokens.Length; i++)
            {
                Assert.True(source.TryFill(row));
                host.Vector(tokens[i], i % Context, expected);
                Assert.Equal(expected, row.AsSpan().ToArray());
            }
        }

        Assert.False(source.TryFill(row));
    }

    [Fact]
    public void A_vector_that_is_not_finite_is_refused_with_its_place()
    {
        using VectorSource source = FromModel(Plain, 10, 30, new FakeHost(Width, Context) { NotFiniteAtRun = 2 });
        Assert.Contains("c.txt", Drain(source).Message, StringComparison.Ordinal);

        Matrix rows = _device.Allocate(20, Width);
        _device.Fill(rows, 1f);
        rows[13, 2] = float.PositiveInfinity;
        SafetensorsWriter writer = new();
        writer.Add("x", rows.View, TensorType.F32, 20, Width);
        writer.Save(_folder["bad.safetensors"]);
        rows.Dispose();
        using IActivationSource given = ActivationSources.Create(new Recipe { Activations = _folder["bad.safetensors"], Data = Plain, Training = new TrainingSpec { Batch = 10, Steps = 30 } }, _device);
        string message = Drain((VectorSource)given).Message;
        Assert.Contains("row 13", message, StringComparison.Ordinal);
        Assert.Contains("bad.safetensors", message, StringComparison.Ordinal);

        static InputException Drain(VectorSource source) => Assert.Throws<InputException>(() =>
        {
            while (Fill(source, 10) != null)
            {
            }
        });
    }

    [Fact]
    public void An_error_of_the_host_crosses_to_the_reader_and_again_on_the_next_call()
    {
        using VectorSource source = FromModel(Plain, 10, 100, new FakeHost(Width, Context) { FailAtRun = 4 });
        Assert.Throws<InvalidOperationException>(() =>
        {
            while (Fill(source, 10) != null)
            {
            }
        });
        Assert.Throws<InvalidOperationException>(() => Fill(source, 10));
    }

    [Fact]
    public void Disposing_stops_a_host_that_is_reading_ahead()
    {
        for (int round = 0; round < 20; round++)
        {
            FakeHost host = new(Width, Context);
            VectorSource source = FromModel(Plain, 10, 1_000_000, host);
            if (round % 2 == 0) Fill(source, 10);
            source.Dispose();
            int runs = host.Runs;
            Assert.Throws<ObjectDisposedException>(() => Fill(source, 10));
            Assert.Equal(runs, host.Runs);
        }
    }

    [Fact]
    public void A_shuffle_buffer_that_does_not_fit_into_memory_is_refused()
    {
        DataSpec data = Plain with { Shuffle = Shuffle.Buffer, ShuffleBuffer = int.MaxValue };
        int width = (int)Math.Min(1 << 20, (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (4L * int.MaxValue)) + 1);
        string message = Assert.Throws<InputException>(() => FromModel(data, 10, int.MaxValue, new FakeHost(width, Context))).Message;
        Assert.Contains("data.shuffle_buffer", message, StringComparison.Ordinal);
    }

    /// <summary>Without this check a corpus of nothing but separators would be read for ever.</summary>
    [Fact]
    public void A_stream_of_which_everything_is_excluded_is_refused()
    {
        DataSpec data = Plain with { ExcludeSpecialTokens = true };
        using VectorSource source = FromModel(data, 10, 30, documents: [.. Enumerable.Repeat("<|endoftext|><|endoftext|>", 10)]);
        Assert.Contains("excluded", Assert.Throws<InputException>(() => Fill(source, 10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_other_activations_is_refused()
    {
        CheckpointWriter writer = new();
        using (IActivationSource source = ActivationSources.Create(Given(50, Plain, 5, 5), _device)) source.Save(writer);
        writer.Save(_folder["checkpoint"]);
        using CheckpointReader reader = new(_folder["checkpoint"]);
        using IActivationSource other = ActivationSources.Create(Given(51, Plain, 5, 5), _device);
        Assert.Contains("other activations", Assert.Throws<InputException>(() => other.Restore(reader)).Message, StringComparison.Ordinal);
    }

    /// <summary>No managed memory per batch once blocks and buffers are there.</summary>
    [Fact]
    public void Filling_batches_allocates_next_to_nothing()
    {
        DataSpec data = Plain with { Shuffle = Shuffle.Buffer, ShuffleBuffer = 4096 };
        using IActivationSource source = ActivationSources.Create(Given(4096, data, 512, 400), _device);
        using Matrix batch = _device.Allocate(512, Width);
        for (int i = 0; i < 50; i++) source.TryFill(batch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++) Assert.True(source.TryFill(batch));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 * 64);
    }

    private static float[]? Fill(VectorSource source, int rows)
    {
        using CpuDevice device = new(1);
        using Matrix batch = device.Allocate(rows, Width);
        return source.TryFill(batch) ? batch.AsSpan().ToArray() : null;
    }

    private float[] Order(Recipe recipe)
    {
        using VectorSource source = (VectorSource)ActivationSources.Create(recipe, _device);
        List<float> order = [];
        while (Fill(source, recipe.Training.Batch) is { } batch) order.AddRange(batch.Where((_, i) => i % Width == 0));
        return [.. order];
    }

    /// <summary>Vectors whose first number is their row; the others are ones, and every tenth vector is longer.</summary>
    private Recipe Given(int rows, DataSpec data, int batch, long steps, ulong seed = 0)
    {
        string path = _folder[$"given-{rows}.safetensors"];
        if (!File.Exists(path))
        {
            using Matrix vectors = _device.Allocate(rows, Width);
            _device.Fill(vectors, 100f);
            for (int row = 0; row < rows; row++)
            {
                vectors[row, 0] = row;
                if (row % 10 == 3) vectors[row, 1] = 500f;
            }

            SafetensorsWriter writer = new();
            writer.Add("activations", vectors.View, TensorType.F32, rows, Width);
            writer.Save(path);
        }

        return new Recipe { Activations = path, Data = data, Training = new TrainingSpec { Batch = batch, Steps = steps, Seed = seed } };
    }

    private VectorSource FromModel(DataSpec data, int batch, long steps, FakeHost? host = null, Device? device = null, string[]? documents = null, bool repeat = true)
    {
        string path = _folder["c.txt"];
        if (!File.Exists(path)) CorpusFile.Write(path, CorpusFile.Join(documents ?? CorpusFile.Documents(2, seed: 8)));
        Corpus corpus = Corpus.Find(path);
        host ??= new FakeHost(Width, Context) { FirstPositionFactor = 2 };
        int? beginning = data.PrependBos ? EndOfText : null;
        long limit = steps > long.MaxValue / batch ? long.MaxValue : steps * batch;
        return new VectorSource(
            device ?? _device, data,
            again => new ModelVectorReader(
                host, new ContextReader(corpus, CorpusFile.Tokenizer, new ContextOptions(data.Context, data.PerDocument, beginning, EndOfText, again)), CorpusFile.Tokenizer,
                new ModelVectorOptions(data.ModelBatch, data.Context, EndOfText, beginning, path)),
            new VectorSourceOptions(limit, repeat, batch, long.MaxValue, Seed: 3), [corpus.Length]);
    }
}
