using SaeSharp.Activations;
using SaeSharp.Activations.Contexts;
using SaeSharp.Activations.Corpora;
using SaeSharp.Activations.Shards;
using SaeSharp.Models;
using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;

namespace SaeSharp.Tests.Activations;

/// <summary>The bundled model as a host.</summary>
public sealed class HostCaptureTests : IDisposable
{
    private const int EndOfText = 4095;

    private static readonly string ModelFolder = Path.Combine(AppContext.BaseDirectory, "assets", "models", "gpt2-tiny");

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new();

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Captured_vectors_are_those_of_the_model_in_the_order_of_the_corpus()
    {
        Recipe recipe = NewRecipe(new DataSpec { Context = 32, ModelBatch = 3, Shuffle = Shuffle.None, Normalize = Normalization.None, ExcludeNormOutliers = false });
        using LanguageModel model = LanguageModel.Load(ModelFolder, _device);
        using IActivationSource source = ActivationSources.Create(recipe with { Training = new TrainingSpec { Batch = 31, Steps = 10 } }, _device, model);
        HookPoint point = HookPoint.Parse(recipe.Hook!);
        using Matrix batch = _device.Allocate(31, source.Width);
        using Matrix expected = _device.Allocate(32, source.Width);
        using ContextReader contexts = new(Corpus.Find(recipe.Corpus!), CorpusFile.Tokenizer, new ContextOptions(32, false, EndOfText, EndOfText, false));
        int[] tokens = new int[32];
        List<float> all = [], delivered = [];
        while (all.Count < 10 * 31 * source.Width)
        {
            Assert.Equal(32, contexts.Read(tokens));
            model.Forward(new TokenBatch(tokens), new ForwardPass().Capture(point, expected));
            for (int row = 0; row < 32; row++)
            {
                if (tokens[row] != EndOfText) all.AddRange(expected.Row(row));
            }
        }

        while (source.TryFill(batch)) delivered.AddRange(batch.AsSpan());
        Assert.Equal(10 * 31 * source.Width, delivered.Count);
        // Other numbers of contexts a batch may take other paths through the products; the same numbers up to rounding.
        for (int i = 0; i < delivered.Count; i++) Assert.Equal(all[i], delivered[i], 1e-4f);
        Assert.True(source.Counts.SpecialTokens >= 10);
    }

    [Fact]
    public void A_capture_on_disk_replaces_the_model()
    {
        DataSpec data = new() { Context = 32, ModelBatch = 4, Shuffle = Shuffle.Buffer, ShuffleBuffer = 100, CalibrationTokens = 500 };
        Recipe recipe = NewRecipe(data) with { Training = new TrainingSpec { Batch = 50, Steps = 6 } };
        ActivationIndex index = ActivationCapture.Run(recipe with { Tokens = 450 }, _folder["shards"], _device);
        Assert.Equal((450, 192, recipe.Hook), (index.Vectors, index.Width, index.Hook));
        Assert.Equal(index.Vectors, ActivationIndex.Read(_folder["shards"]).Vectors);
        Assert.InRange(index.MeanNorm, 0.5 * index.MedianNorm, 2 * index.MedianNorm);
        // Excluded already; the scale is measured on the same vectors.
        Recipe given = recipe with { Activations = _folder["shards"], Data = data with { ExcludeSpecialTokens = false, ExcludeNormOutliers = false, Shuffle = Shuffle.None } };
        using IActivationSource captured = ActivationSources.Create(given, _device);
        using IActivationSource live = ActivationSources.Create(recipe with { Data = data with { Shuffle = Shuffle.None } }, _device);
        using Matrix a = _device.Allocate(50, 192);
        using Matrix b = _device.Allocate(50, 192);
        for (int step = 0; step < 6; step++)
        {
            Assert.True(captured.TryFill(a) && live.TryFill(b));
            _device.Axpby(0f, a, (float)(1 / captured.InputScale), a);
            _device.Axpby(0f, b, (float)(1 / live.InputScale), b);
            for (int i = 0; i < a.AsSpan().Length; i++) Assert.Equal(b.AsSpan()[i], a.AsSpan()[i], 1e-4f);
        }
    }

    [Fact]
    public void A_capture_ends_with_the_corpus()
    {
        Recipe recipe = NewRecipe(new DataSpec { Context = 32, ModelBatch = 4, ExcludeSpecialTokens = false, ExcludeNormOutliers = false, PrependBos = false });
        int tokens = CorpusFile.Documents(8, seed: 21).Sum(document => SaeSharp.Models.Tokenizers.TokenizerExtensions.Encode(CorpusFile.Tokenizer, document).Length + 1);
        ActivationIndex index = ActivationCapture.Run(recipe, _folder["shards"], _device, TensorType.BF16);
        Assert.Equal(tokens, index.Vectors);
        Assert.Equal("BF16", index.Type);
    }

    [Fact]
    public void A_cancelled_capture_leaves_nothing()
    {
        using CancellationTokenSource cancel = new();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => ActivationCapture.Run(NewRecipe(new DataSpec { Context = 32 }), _folder["shards"], _device, cancel: cancel.Token));
        Assert.Empty(Directory.GetFiles(_folder["shards"]));
    }

    [Fact]
    public void Recipes_that_cannot_be_followed_are_refused()
    {
        Recipe recipe = NewRecipe(new DataSpec { Context = 32 });
        Refused(recipe with { Hook = null }, "--hook");
        Refused(recipe with { Model = null }, "--model");
        Refused(recipe with { Corpus = null }, "--corpus");
        Refused(recipe with { Hook = "blocks.99.hook_resid_post" }, "blocks.99");
        Refused(recipe with { Model = _folder["none"] }, "none");
        Refused(recipe with { Data = recipe.Data with { Context = 257 } }, "256");
        Refused(recipe with { Data = recipe.Data with { Context = 1 } }, "data.context");
        Refused(recipe with { Data = recipe.Data with { ModelBatch = 1 << 30 } }, "data.model_batch");
        Refused(recipe with { Data = recipe.Data with { ShuffleBuffer = 0 } }, "data.shuffle_buffer");
        Refused(recipe with { Data = recipe.Data with { OutlierFactor = double.NaN } }, "data.outlier_factor");

        void Refused(Recipe wrong, string mentions) =>
            Assert.Contains(mentions, Assert.Throws<InputException>(() => ActivationSources.Create(wrong, _device).Dispose()).Message, StringComparison.Ordinal);
    }

    private Recipe NewRecipe(DataSpec data)
    {
        string path = _folder["c.txt"];
        if (!File.Exists(path)) CorpusFile.Write(path, CorpusFile.Join(CorpusFile.Documents(8, seed: 21)));
        return new Recipe { Model = ModelFolder, Hook = "blocks.2.hook_resid_post", Corpus = path, Data = data };
    }
}
