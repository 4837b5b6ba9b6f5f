using System.IO.Compression;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Scoring;
using SaeSharp.Models.Tests.Families.Gpt2;
using SaeSharp.Models.Tokenizers;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Scoring;

public sealed class NextTokenScorerTests(Gpt2Fixture fixture) : IClassFixture<Gpt2Fixture>
{
    private readonly LanguageModel _model = fixture.Model;

    [Fact]
    public void Losses_equal_those_of_the_logits()
    {
        int[] ids = Gpt2Fixture.Ids(3 * 20), targets = new int[60];
        TokenBatch batch = new(ids, 3);
        NextTokenScorer.Targets(batch, targets);
        Assert.Equal([.. ids[1..20], -1, .. ids[21..40], -1, .. ids[41..60], -1], targets);
        using Matrix norm = _model.Device.Allocate(60, 64);
        using Matrix other = _model.Device.Allocate(60, 64);
        Gpt2Fixture.Capture(_model, ids, 3, HookPoint.FinalNorm).CopyTo(norm.AsSpan());
        using Matrix vector = _model.Device.Allocate(1, 64);
        vector.AsSpan().Fill(0.5f);
        (HookPoint, IEdit) edit = (HookPoint.ResidualPost(1), new AddVector(vector));
        Gpt2Fixture.Capture(_model, ids, 3, HookPoint.FinalNorm, edit).CopyTo(other.AsSpan());

        double[] nats = new double[60], divergence = new double[60];
        using NextTokenScorer scorer = new(_model);
        scorer.CrossEntropy(norm, targets, nats);
        scorer.Divergence(norm, other, divergence);
        float[] logits = Gpt2Fixture.Logits(_model, ids, 3), edited = Gpt2Fixture.Logits(_model, ids, 3, edit);
        for (int row = 0; row < 60; row++)
        {
            double[] p = LogSoftmax(logits.AsSpan(row * 257, 257)), q = LogSoftmax(edited.AsSpan(row * 257, 257));
            Assert.Equal(targets[row] < 0 ? 0 : -p[targets[row]], nats[row], 1e-12);
            Assert.Equal(p.Zip(q).Sum(pair => Math.Exp(pair.First) * (pair.First - pair.Second)), divergence[row], 1e-12);
        }
    }

    [Fact]
    public void The_bundled_model_has_the_perplexity_of_its_card()
    {
        const int Window = 256, Batch = 16;
        using LanguageModel model = LanguageModel.Load(TestData.Gpt2Tiny, Devices.Shared);
        ITokenizer tokenizer = TokenizerFile.LoadFolder(TestData.Gpt2Tiny);
        using StreamReader reader = new(new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "assets", "corpus", "valid.txt.gz")), CompressionMode.Decompress));
        string[] documents = reader.ReadToEnd().Split("\n<|endoftext|>\n", StringSplitOptions.RemoveEmptyEntries);
        int[] ids = tokenizer.Encode(string.Concat(documents.Select(document => "<|endoftext|>" + document)));
        Assert.Equal(299_229, ids.Length);

        // As on the card: windows that do not overlap, each predicting one token past its end, so 299,228 predictions.
        int windows = (ids.Length - 1) / Window;
        double total = 0;
        long count = 0;
        using NextTokenScorer scorer = new(model);
        using Matrix norm = model.Device.Allocate(Batch * Window, model.Description.Width);
        double[] nats = new double[Batch * Window];
        for (int first = 0; first < windows; first += Batch) Score(first * Window, Math.Min(Batch, windows - first), Window);
        int rest = ids.Length - 1 - windows * Window;
        if (rest > 0) Score(windows * Window, 1, rest);
        Assert.Equal(299_228, count);
        Assert.Equal(3.6017671114, total / count, 1e-5); // float32 rounding averages out over the predictions

        void Score(int start, int sequences, int length)
        {
            int rows = sequences * length;
            model.Forward(new TokenBatch(ids.AsSpan(start, rows), sequences), new ForwardPass().Capture(HookPoint.FinalNorm, norm.RowRange(0, rows)));
            scorer.CrossEntropy(norm.RowRange(0, rows), ids.AsSpan(start + 1, rows), nats);
            total += nats.AsSpan(0, rows).ToArray().Sum();
            count += rows;
        }
    }

    private static double[] LogSoftmax(ReadOnlySpan<float> row)
    {
        double[] values = [.. row.ToArray().Select(value => (double)value)];
        double sum = values.Max() + Math.Log(values.Sum(value => Math.Exp(value - values.Max())));
        return [.. values.Select(value => value - sum)];
    }
}
