using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;
using SaeSharp.Training;

namespace SaeSharp.Tests.Dictionaries;

/// <summary>BatchTopK's two rules: the k · B largest of a batch, and one threshold learned from batches.</summary>
public sealed class BatchTopKTests : IDisposable
{
    private const int Width = 16;
    private const int Latents = 96;
    private const int Tokens = 4096;

    private readonly CpuDevice _device = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threshold_rule_agrees_with_the_batch_rule_on_a_large_batch(bool byNorm)
    {
        using SparseDictionary dictionary = Trained(byNorm);
        using CsrMatrix byThreshold = _device.AllocateCsr(Tokens, Latents, 64);
        using CsrMatrix byBatch = _device.AllocateCsr(Tokens, Latents, 64);
        double[] ratios = new double[8];
        for (int i = 0; i < ratios.Length; i++)
        {
            using Matrix x = Batch(1_000 + (ulong)i);
            dictionary.Encode(x, byThreshold);
            dictionary.EncodeAsInTraining(x, byBatch);
            Assert.Equal((int)(5.3 * Tokens), byBatch.EntryCount);
            ratios[i] = byThreshold.EntryCount / (double)byBatch.EntryCount;

            // Whichever rule keeps fewer, the other keeps those too: both cut one ordering.
            double[] a = Dense.Of(byThreshold);
            double[] b = Dense.Of(byBatch);
            Assert.Equal(Math.Abs(byThreshold.EntryCount - byBatch.EntryCount), a.Zip(b).Count(pair => pair.First != pair.Second));
        }

        // Counts of a batch at a fixed threshold scatter by 1.3 % (tokens fire together with their norm); eight of them average to within 1 %.
        Assert.All(ratios, ratio => Assert.InRange(ratio, 0.95, 1.05));
        Assert.InRange(ratios.Average(), 0.99, 1.01);
    }

    [Fact]
    public void Threshold_rule_gives_a_token_the_same_code_in_any_company()
    {
        using SparseDictionary dictionary = Trained(byNorm: false);
        using Matrix x = Batch(1_000);
        using CsrMatrix all = _device.AllocateCsr(Tokens, Latents, 64);
        using CsrMatrix one = _device.AllocateCsr(1, Latents, 64);
        dictionary.Encode(x, all);
        dictionary.Encode(x.RowRange(77, 1), one);
        Assert.Equal(Dense.Of(all)[(77 * Latents)..(78 * Latents)], Dense.Of(one));
    }

    [Fact]
    public void Batch_rule_outside_training_is_the_rule_of_training()
    {
        DictionarySpec spec = Spec(byNorm: false);
        using SparseDictionary dictionary = SparseDictionary.Create(spec with { Sparsifier = spec.Sparsifier with { Inference = InferenceRule.Batch } }, Width, _device, seed: 4);
        using Matrix x = Batch(5);
        using CsrMatrix outside = _device.AllocateCsr(Tokens, Latents, 64);
        using CsrMatrix training = _device.AllocateCsr(Tokens, Latents, 64);
        dictionary.Encode(x, outside);
        dictionary.EncodeAsInTraining(x, training);
        Assert.Equal(Dense.Of(training), Dense.Of(outside));
    }

    public void Dispose() => _device.Dispose();

    private static DictionarySpec Spec(bool byNorm) => new()
    {
        Latents = Latents,
        Sparsifier = new SparsifierSpec { Kind = SparsifierKind.BatchTopK, K = 5.3, ThresholdRate = 0.1, RescaleByDecoderNorm = byNorm },
    };

    /// <summary>Weights at their random start, threshold learned from 80 batches: 0.9^80 of its start at 0 is left.</summary>
    private SparseDictionary Trained(bool byNorm)
    {
        SparseDictionary dictionary = SparseDictionary.Create(Spec(byNorm), Width, _device, seed: 4);
        for (int f = 0; f < Latents; f++)
        {
            foreach (ref float value in dictionary["W_dec"].Value.Row(f)) value *= 1 + (f % 5);
        }

        using var training = new TrainingStep(dictionary, new TrainingSpec { LearningRate = 0 }, 80);
        for (int step = 0; step < 80; step++)
        {
            using Matrix x = Batch((ulong)step);
            training.ComputeGradients(x, step);
        }

        return dictionary;
    }

    private Matrix Batch(ulong number)
    {
        Matrix x = _device.Allocate(Tokens, Width);
        new PhiloxStream(6, number).FillNormal(x.AsSpan());
        return x;
    }
}
