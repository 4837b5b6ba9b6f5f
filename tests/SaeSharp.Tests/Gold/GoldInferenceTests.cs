using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Sparsifiers;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;
using SaeSharp.Training;
using Xunit.Abstractions;

namespace SaeSharp.Tests.Gold;

/// <summary>The state after ten steps, used as upstream's inference classes use it, on a fresh batch.</summary>
public class GoldInferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string> Cases
    {
        get
        {
            var cases = new TheoryData<string>();
            foreach (string name in GoldCase.Names("polysae", "standard"))
            {
                using GoldCase gold = GoldCase.Load(name);
                if (gold.Tensors.Contains("f64.inference.codes")) cases.Add(gold.Name);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Trained_dictionary_encodes_and_decodes_as_published(string name)
    {
        using GoldCase gold = GoldCase.Load(name);
        using TrainingStep step = gold.StartTraining();
        if (GeometricMedian.IsUsedBy(gold)) GeometricMedian.SetBias(gold.Dictionary, gold.Input(0));
        for (int i = 0; i < gold.Manifest.Steps; i++) step.Run(gold.Input(i), i);

        var checks = new Checks($"{name} inference");
        using Matrix x = gold.Device.Allocate(gold.Batch, gold.Width);
        gold.Tensors.ReadFloat32("inference.x", x.View);
        using CsrMatrix codes = gold.Device.AllocateCsr(gold.Batch, gold.Dictionary.Latents, 64);
        gold.Dictionary.Encode(x, codes);
        using Matrix reconstruction = gold.Device.Allocate(gold.Batch, gold.Width);
        gold.Dictionary.Decode(codes, reconstruction);

        double[]? norms = gold.SelectionNorms();
        double[] dense = Dense.Of(codes);
        checks.Equal("codes that are on", dense.Select(z => z != 0), gold.Tensors.ReadFloat64("f64.inference.codes").Select(z => z != 0));
        Check("codes", Dense.Scaled(dense, norms));
        Check("recon", Dense.Of(reconstruction));
        if (gold.Tensors.Contains("f64.inference.threshold") && gold.Dictionary.Sparsifier is BatchTopKSparsifier)
            Check("threshold", [.. Enumerable.Repeat(gold.Dictionary.Threshold, gold.Dictionary.Latents)]);
        foreach (string key in gold.Tensors.Tensors.Keys.Where(k => k.StartsWith("f64.inference.", StringComparison.Ordinal)))
        {
            string tensor = key["f64.inference.".Length..];
            if (tensor is "codes" or "recon" or "threshold" || GoldTensors.IsPlaceholder(gold, tensor)) continue;
            Check(tensor, Folded(tensor, GoldTensors.Read(gold, tensor, p => p.Value), norms));
        }

        checks.Verify(output);

        void Check(string key, ReadOnlySpan<double> actual) =>
            checks.Close(key, actual, gold.Tensors.ReadFloat64($"f64.inference.{key}"), gold.ToleranceOf($"inference.{key}"));
    }

    /// <summary>Upstream folds the decoder's norms into the weights when it saves: rows of the decoder get norm 1, scores and codes take the norms.</summary>
    private static double[] Folded(string tensor, double[] values, double[]? norms)
    {
        if (norms is null) return values;
        return tensor switch
        {
            "W_enc" or "b_enc" => Dense.Scaled(values, norms),
            "W_dec" => [.. values.Select((v, i) => v / norms[i / (values.Length / norms.Length)])],
            _ => values,
        };
    }
}
