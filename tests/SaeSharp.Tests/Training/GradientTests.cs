using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;
using SaeSharp.Tests.Training.Reference;
using SaeSharp.Training;

namespace SaeSharp.Tests.Training;

/// <summary>The hand-derived gradient of every tensor, for each sparsifier × decoder × loss term, against float64 central differences of a naive loss.</summary>
public sealed class GradientTests
{
    private const int Tokens = 9;
    private const int Width = 7;
    private const int Latents = 23;

    /// <summary>
    /// Ours is float32: sums of a few hundred products lose some 1e-6 of the largest entry; the differences themselves are good to 1e-9.
    /// A wrong factor or a missing term shows as 1e-2 and more.
    /// </summary>
    private const double Tolerance = 2e-5;

    public static TheoryData<string> Cases => [.. GradientCases.All(Latents).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradient_of_every_tensor_meets_central_differences(string name)
    {
        DictionarySpec spec = GradientCases.All(Latents).Single(c => c.Name == name);
        using var device = new CpuDevice();
        using SparseDictionary dictionary = SparseDictionary.CreateEmpty(spec, Width, device);
        GradientCases.Fill(dictionary, seed: 7);
        using Matrix x = device.Allocate(Tokens, Width);
        new PhiloxStream(11, 0).FillNormal(x.AsSpan());
        using var step = new TrainingStep(dictionary, new TrainingSpec(), steps: 10);
        bool[] dead = new bool[Latents];
        for (int f = 0; f < Latents; f++)
        {
            dead[f] = GradientCases.IsSilent(f);
            step.SilentSteps[f] = dead[f] ? 1_000 : 0;
            step.SilentTokens[f] = dead[f] ? 1_000_000 : 0;
        }

        StepLosses losses = step.ComputeGradients(x, step: 100);

        var parameters = dictionary.Parameters.ToDictionary(p => p.Name, p => Dense.Of(p.Value));
        double[] inputs = Dense.Of(x);
        var model = new NaiveDictionary(spec, parameters, inputs, Width);
        if (spec.AuxK.Rule == AuxKRule.Sound) ForgetThoseThatFired(model, dead);
        var loss = new NaiveLoss(spec, model, inputs, dead);
        AssertLosses(model, loss, losses);
        Assert.Equal(dead.Count(d => d), losses.Dead);
        var gradient = new NaiveGradient(spec, model, loss);
        foreach (Parameter parameter in dictionary.Parameters)
        {
            double[] reference = gradient.Of(parameter.Name);
            Assert.True(parameter.HasGradient, $"{parameter.Name} has no gradient");
            double error = Dense.Error(Dense.Of(parameter.Gradient), reference);
            Assert.True(error < Tolerance, $"{parameter.Name}: error {error:g3} of {reference.Max(Math.Abs):g3}");
        }
    }

    /// <summary>The sound rule counts this batch before it asks who is dead.</summary>
    private static void ForgetThoseThatFired(NaiveDictionary model, bool[] dead)
    {
        double[] z = model.Codes(model.Scores());
        for (int i = 0; i < z.Length; i++) dead[i % Latents] &= z[i] == 0;
        Assert.Contains(true, dead);
    }

    private static void AssertLosses(NaiveDictionary model, NaiveLoss loss, StepLosses losses)
    {
        // Losses are accumulated in double from float32 reconstructions.
        const double LossTolerance = 2e-6;
        double[] h = model.Scores();
        double[] z = model.Codes(h);
        Close(loss.Outer(z), losses.Reconstruction);
        Close(loss.Inner(z), losses.InnerLevels);
        Close(loss.GateReconstruction(h) + loss.AuxK(h) + loss.PreActivation(h), losses.Auxiliary);
        Close(loss.GateL1(h) + loss.PenaltyOfCodes(z) + loss.StepPenalty(h), losses.Sparsity);
        Close(loss.Total(), losses.Total);
        Close(z.Count(v => v != 0) / (double)Tokens, losses.L0);

        static void Close(double expected, double actual) => Assert.InRange(actual, expected - (LossTolerance * Math.Abs(expected)), expected + (LossTolerance * Math.Abs(expected)));
    }
}
