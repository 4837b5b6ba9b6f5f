using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;
using SaeSharp.Training;

namespace SaeSharp.Tests.Training;

/// <summary>A step's promises beside its arithmetic: bits that do not depend on threads, no allocation, no damage from numbers that are not finite.</summary>
public sealed class TrainingStepTests
{
    private const int Width = 40;

    /// <summary>Large enough that kernels split the work in several pieces.</summary>
    private const int Latents = 700;

    private const int Tokens = 257;

    public static TheoryData<string> Kinds => [.. Specs.Keys];

    private static Dictionary<string, DictionarySpec> Specs { get; } = MakeSpecs();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Twenty_steps_give_the_same_bits_with_any_number_of_threads(string kind)
    {
        string[] runs = [.. new[] { 1, 2, 5 }.Select(threads => Fingerprint(Specs[kind], threads))];
        Assert.Equal(runs[0], runs[1]);
        Assert.Equal(runs[0], runs[2]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Steady_state_allocates_nothing(string kind)
    {
        using var device = new CpuDevice(2);
        using SparseDictionary dictionary = SparseDictionary.Create(Specs[kind], Width, device, seed: 3);
        using var training = new TrainingStep(dictionary, new TrainingSpec(), 100);
        using Matrix x = device.Allocate(Tokens, Width);
        new PhiloxStream(1).FillNormal(x.AsSpan());
        KillSome(dictionary, training);
        int step = 0;
        for (; step < 40; step++) training.Run(x, step);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (; step < 45; step++) training.Run(x, step);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("topk", float.NaN)]
    [InlineData("topk", float.PositiveInfinity)]
    [InlineData("polynomial", float.NaN)]
    [InlineData("batchtopk", float.NegativeInfinity)]
    [InlineData("jumprelu", float.NaN)]
    [InlineData("gated", float.NaN)]
    public void Inputs_that_are_not_finite_stop_the_step_before_weights_change(string kind, float poison)
    {
        using var device = new CpuDevice(1);
        using SparseDictionary dictionary = SparseDictionary.Create(Specs[kind], Width, device, seed: 3);
        using var training = new TrainingStep(dictionary, new TrainingSpec(), 100);
        using Matrix x = device.Allocate(Tokens, Width);
        new PhiloxStream(1).FillNormal(x.AsSpan());
        training.Run(x, 0);
        string before = State(dictionary);
        x[17, 5] = poison;
        ArithmeticException error = Assert.Throws<ArithmeticException>(() => training.Run(x, 1));
        Assert.Contains("the batch of vectors", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, State(dictionary));
    }

    [Fact]
    public void A_weight_that_is_not_finite_is_named()
    {
        using var device = new CpuDevice(1);
        using SparseDictionary dictionary = SparseDictionary.Create(Specs["polynomial"], Width, device, seed: 3);
        using var training = new TrainingStep(dictionary, new TrainingSpec(), 100);
        using Matrix x = device.Allocate(Tokens, Width);
        new PhiloxStream(1).FillNormal(x.AsSpan());
        dictionary["C2"].Value[1, 1] = float.NaN;
        Assert.Contains("C2", Assert.Throws<ArithmeticException>(() => training.Run(x, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Counters_follow_what_fires()
    {
        using var device = new CpuDevice(2);
        using SparseDictionary dictionary = SparseDictionary.Create(Specs["topk"], Width, device, seed: 3);
        using var training = new TrainingStep(dictionary, new TrainingSpec { LearningRate = 0 }, 100);
        using Matrix x = device.Allocate(Tokens, Width);
        long[] silentSteps = new long[Latents];
        long[] silentTokens = new long[Latents];
        long[] firings = new long[Latents];
        for (int step = 0; step < 4; step++)
        {
            new PhiloxStream(1, (ulong)step).FillNormal(x.AsSpan());
            StepResult result = training.Run(x, step);
            double[] codes = Dense.Of(training.Codes);
            for (int f = 0; f < Latents; f++)
            {
                int fired = Enumerable.Range(0, Tokens).Count(b => codes[(b * Latents) + f] != 0);
                firings[f] += fired;
                silentSteps[f] = fired > 0 ? 0 : silentSteps[f] + 1;
                silentTokens[f] = fired > 0 ? 0 : silentTokens[f] + Tokens;
            }

            Assert.Equal(codes.Count(z => z != 0) / (double)Tokens, result.Losses.L0, 1e-12);
        }

        Assert.Equal(silentSteps, training.SilentSteps);
        Assert.Equal(silentTokens, training.SilentTokens);
        Assert.Equal(firings, training.Firings);
    }

    [Fact]
    public void A_last_batch_may_be_smaller_and_a_later_one_larger()
    {
        using var device = new CpuDevice(2);
        foreach (DictionarySpec spec in Specs.Values)
        {
            using SparseDictionary dictionary = SparseDictionary.Create(spec, Width, device, seed: 3);
            using var training = new TrainingStep(dictionary, new TrainingSpec { LearningRate = 0 }, 100);
            using SparseDictionary fresh = SparseDictionary.Create(spec, Width, device, seed: 3);
            using var once = new TrainingStep(fresh, new TrainingSpec { LearningRate = 0 }, 100);
            using Matrix x = device.Allocate(Tokens, Width);
            new PhiloxStream(1).FillNormal(x.AsSpan());
            training.ComputeGradients(x.RowRange(0, 100), 0);
            training.ComputeGradients(x.RowRange(0, 3), 1);
            StepLosses losses = training.ComputeGradients(x, 2);
            Assert.Equal(once.ComputeGradients(x, 2), losses);
            foreach (Parameter parameter in dictionary.Parameters) Assert.Equal(Hash(fresh[parameter.Name].Gradient), Hash(parameter.Gradient));
        }
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_by_key()
    {
        using var device = new CpuDevice(1);
        using SparseDictionary dictionary = SparseDictionary.Create(Specs["topk"], Width, device, seed: 3);
        foreach ((TrainingSpec spec, string key) in new[]
        {
            (new TrainingSpec { Batch = 0 }, "training.batch is 0"), (new TrainingSpec { LearningRate = -1 }, "training.learning_rate is -1"),
            (new TrainingSpec { LearningRate = double.NaN }, "training.learning_rate is NaN"), (new TrainingSpec { Beta1 = 1 }, "training.beta1 is 1"),
            (new TrainingSpec { Beta2 = -0.1 }, "training.beta2 is -0.1"), (new TrainingSpec { Epsilon = 0 }, "training.epsilon is 0"),
            (new TrainingSpec { Clip = -1 }, "training.clip is -1"), (new TrainingSpec { WarmUpSteps = -1 }, "training.warm_up_steps is -1"),
            (new TrainingSpec { Steps = 0 }, "training.steps is 0"), (new TrainingSpec { LogEvery = 0 }, "training.log_every is 0"),
        })
        {
            Assert.Contains(key, Assert.Throws<InputException>(() => new TrainingStep(dictionary, spec, 10)).Message, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, DictionarySpec> MakeSpecs()
    {
        var topK = new DictionarySpec { Latents = Latents, Sparsifier = new SparsifierSpec { K = 8 }, AuxK = new AuxKSpec { DeadAfterSteps = 5 } };
        var polynomial = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [Width, 6, 5], Start = DecoderStart.Published };
        var jump = new SparsifierSpec { Kind = SparsifierKind.JumpRelu, InitialThreshold = 0.05, L0Coefficient = 1e-2, Bandwidth = 0.1, PreActivationCoefficient = 1e-3 };
        DictionarySpec batch = topK with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.BatchTopK, K = 7.5 } };
        var levels = new MatryoshkaSpec { Widths = [100, 300] };
        return new Dictionary<string, DictionarySpec>
        {
            ["topk"] = topK,
            ["topk, sound aux_k"] = topK with { AuxK = new AuxKSpec { Rule = AuxKRule.Sound, DeadAfterTokens = 1_000 } },
            ["batchtopk"] = batch,
            ["batchtopk by norm"] = batch with { Sparsifier = batch.Sparsifier with { RescaleByDecoderNorm = true } },
            ["matryoshka"] = batch with { Matryoshka = levels },
            ["polynomial"] = topK with { Decoder = polynomial },
            ["polynomial matryoshka"] = batch with { Decoder = polynomial, Matryoshka = levels },
            ["polynomial, linear inner levels"] = batch with { Decoder = polynomial, Matryoshka = levels with { Inner = MatryoshkaInner.Linear } },
            ["polynomial, tangent projection"] = topK with { Decoder = polynomial with { TangentProjection = true } },
            ["separate projections"] = topK with { Decoder = polynomial with { SharedProjection = false } },
            ["relu"] = topK with { Sparsifier = new SparsifierSpec { Kind = SparsifierKind.Relu, L1Coefficient = 0.05 } },
            ["jumprelu"] = topK with { Sparsifier = jump },
            ["jumprelu target"] = topK with { Sparsifier = jump with { L0Penalty = L0Penalty.Target } },
            ["polynomial jumprelu tanh"] = topK with { Sparsifier = jump with { L0Penalty = L0Penalty.Tanh }, Decoder = polynomial },
            ["gated"] = topK with { Encoder = new EncoderSpec { Kind = EncoderKind.Gated }, Sparsifier = new SparsifierSpec { L1Coefficient = 0.05 } },
            ["unit rows"] = topK with { Decoder = new DecoderSpec { Rows = DecoderRows.Unit } },
        };
    }

    /// <summary>A quarter of the latents scores far below the others and counts as long silent, so that the losses of dead latents have work.</summary>
    private static void KillSome(SparseDictionary dictionary, TrainingStep training)
    {
        for (int f = 0; f < Latents; f += 4)
        {
            dictionary.Encoder.ScoreBias.Value[0, f] = -1f;
            training.SilentSteps[f] = training.SilentTokens[f] = 100_000;
        }
    }

    /// <summary>Every bit of weights, moments, losses and threshold after twenty steps.</summary>
    private static string Fingerprint(DictionarySpec spec, int threads)
    {
        using var device = new CpuDevice(threads);
        using SparseDictionary dictionary = SparseDictionary.Create(spec, Width, device, seed: 3);
        using var training = new TrainingStep(dictionary, new TrainingSpec { LearningRate = 1e-3 }, 20);
        using Matrix x = device.Allocate(Tokens, Width);
        KillSome(dictionary, training);
        var losses = new List<StepResult>();
        for (int step = 0; step < 20; step++)
        {
            new PhiloxStream(5, (ulong)step).FillNormal(x.AsSpan());
            losses.Add(training.Run(x, step));
        }

        Assert.All(losses, l => Assert.True(l.Losses.Dead > 0));
        return State(dictionary) + string.Join(' ', losses);
    }

    private static string State(SparseDictionary dictionary) =>
        string.Join(' ', dictionary.Parameters.Select(p => $"{p.Name} {Hash(p.Value)} {Hash(p.FirstMoment)} {Hash(p.SecondMoment)}")) + $" θ {dictionary.Threshold:R}";

    private static string Hash(Matrix matrix) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(matrix.AsSpan())));
}
