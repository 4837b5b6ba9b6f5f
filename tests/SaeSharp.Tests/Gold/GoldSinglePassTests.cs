using SaeSharp.Dictionaries;
using SaeSharp.Dictionaries.Decoders;
using SaeSharp.Dictionaries.Encoders;
using SaeSharp.Models.Files;
using SaeSharp.Numerics;
using SaeSharp.Tests.Support;
using SaeSharp.Training;
using Xunit.Abstractions;

namespace SaeSharp.Tests.Gold;

/// <summary>One forward and backward pass of every published dictionary on its first batch: scores, codes, reconstruction, losses, gradients.</summary>
public class GoldSinglePassTests(ITestOutputHelper output)
{
    public static TheoryData<string> Cases => GoldCase.Names("polysae", "standard");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pass_meets_the_published_code(string name)
    {
        using GoldCase gold = GoldCase.Load(name);
        using TrainingStep step = gold.StartTraining();
        var checks = new Checks($"{name} pass");

        // Warm-ups and annealing are over: upstream's pass has every coefficient at its full value.
        SparsifierSpec sparsifier = gold.Spec.Sparsifier;
        long late = Math.Max(sparsifier.WarmUpSteps, Math.Max(sparsifier.AnnealSteps, sparsifier.ThresholdStart)) + 1;
        StepLosses losses = step.ComputeGradients(gold.Input(0), late);

        CheckForward(gold, step, checks);
        CheckPolynomialTerms(gold, step, checks);
        CheckLosses(gold, losses, checks);
        CheckGradients(gold, checks);
        if (gold.Tensors.Contains("single_pass_dead_mask"))
            checks.Equal("dead", [losses.Dead], [(int)gold.Tensors.ReadInt64("single_pass_dead_mask").Sum()]);
        if (gold.Tensors.Contains("f64.pass.threshold_after_pass"))
            Check(gold, checks, "threshold_after_pass", [gold.Dictionary.Threshold]);
        checks.Verify(output);
    }

    private static void Check(GoldCase gold, Checks checks, string key, ReadOnlySpan<double> actual) =>
        checks.Close(key, actual, gold.Tensors.ReadFloat64($"f64.pass.{key}"), gold.ToleranceOf($"pass.{key}"));

    private static void CheckForward(GoldCase gold, TrainingStep step, Checks checks)
    {
        SparseDictionary dictionary = gold.Dictionary;
        double[]? norms = gold.SelectionNorms();
        if (gold.Tensors.Contains("f64.pass.pre"))
        {
            using Matrix scores = gold.Device.Allocate(gold.Batch, dictionary.Latents);
            dictionary.Scores(gold.Input(0), scores);
            if (dictionary.Encoder is GatedEncoder gate) GateToMagnitude(gate, scores);
            Check(gold, checks, "pre", Dense.Scaled(Dense.Of(scores), norms));
        }

        double[] codes = Dense.Of(step.Codes);
        Check(gold, checks, "codes", Dense.Scaled(codes, norms));
        checks.Equal("codes that are on", codes.Select(z => z != 0), gold.Tensors.ReadFloat64("f64.pass.codes").Select(z => z != 0));
        using Matrix reconstruction = gold.Device.Allocate(gold.Batch, gold.Width);
        dictionary.Decode(step.Codes, reconstruction);
        Check(gold, checks, "recon", Dense.Of(reconstruction));
    }

    /// <summary>Our score is the gate's, π = p + b_gate; upstream lists the magnitude's, p · exp(r) + b_mag.</summary>
    private static void GateToMagnitude(GatedEncoder gate, MatrixView scores)
    {
        for (int b = 0; b < scores.Rows; b++)
        {
            for (int f = 0; f < scores.Columns; f++)
            {
                double product = (double)scores[b, f] - gate.ScoreBias.Value[0, f];
                scores[b, f] = (float)((product * Math.Exp(gate.LogScale.Value[0, f])) + gate.MagnitudeBias.Value[0, f]);
            }
        }
    }

    private static void CheckPolynomialTerms(GoldCase gold, TrainingStep step, Checks checks)
    {
        if (gold.Dictionary.Decoder.Head is not PolynomialHead head || !gold.Tensors.Contains("f64.pass.a")) return;
        using Matrix a = gold.Device.Allocate(gold.Batch, head.InnerWidth);
        gold.Device.Copy(step.OutputInner, a);
        if (gold.SelectionNorms() is { } norms)
        {
            // The rescaled case lists a, y1, y2 and y3 of the rescaled codes, which upstream never decodes.
            float[] rescaled = new float[step.Codes.EntryCount];
            for (int e = 0; e < rescaled.Length; e++) rescaled[e] = (float)(step.Codes.ValueSpan[e] * norms[step.Codes.ColumnIndexSpan[e]]);
            gold.Device.SpMM(step.Codes, rescaled, gold.Dictionary.Decoder.Table.Value, a, ColumnRange.All);
        }

        Check(gold, checks, "a", Dense.Of(a));
        using Matrix y = gold.Device.Allocate(gold.Batch, gold.Width);
        head.LinearPart(a, y);
        Check(gold, checks, "y1", Dense.Of(y));

        // y2 and y3 come without their λ: a head whose only λ is 1, less its linear part.
        double[] linear = Dense.Of(y);
        float[] lambdas = [.. head.Lambdas.Select(l => l.Value[0, 0])];
        for (int order = 2; order <= head.Order; order++)
        {
            for (int i = 0; i < lambdas.Length; i++) head.Lambdas[i].Value[0, 0] = i == order - 2 ? 1f : 0f;
            head.Forward(a, y);
            Check(gold, checks, $"y{order}", [.. Dense.Of(y).Select((v, i) => v - linear[i])]);
        }

        for (int i = 0; i < lambdas.Length; i++) head.Lambdas[i].Value[0, 0] = lambdas[i];
    }

    private static void CheckLosses(GoldCase gold, StepLosses losses, Checks checks)
    {
        var ours = GoldLosses.Terms(gold, losses);
        foreach (string key in gold.Tensors.Tensors.Keys.Where(k => k.StartsWith("f64.pass.loss", StringComparison.Ordinal)))
        {
            string term = key["f64.pass.".Length..];
            if (GoldLosses.IsLoggedOnly(gold, term)) continue;
            Check(gold, checks, term, [ours[term]]);
        }
    }

    private static void CheckGradients(GoldCase gold, Checks checks)
    {
        const string Prefix = "f64.pass.grad.";
        var seen = new HashSet<string>();
        foreach (string key in gold.Tensors.Tensors.Keys.Where(k => k.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            string name = key[Prefix.Length..];
            seen.Add(GoldTensors.Owner(gold, name));
            Check(gold, checks, $"grad.{name}", GoldTensors.Read(gold, name, p => p.Gradient));
        }

        double squares = 0;
        foreach (Parameter parameter in gold.Dictionary.Parameters)
        {
            checks.Holds($"upstream has no gradient of {parameter.Name}, we do", seen.Contains(parameter.Name) == parameter.HasGradient);
            if (parameter.HasGradient) squares += gold.Device.SumOfSquares(parameter.Gradient);
        }

        if (gold.Tensors.Contains("f64.pass.grad_norm")) Check(gold, checks, "grad_norm", [Math.Sqrt(squares)]);
    }
}
