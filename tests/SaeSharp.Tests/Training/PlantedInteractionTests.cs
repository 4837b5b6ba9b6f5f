using SaeSharp.Dictionaries;
using SaeSharp.Numerics;
using SaeSharp.Recipes;
using SaeSharp.Tests.Support;
using SaeSharp.Training;

namespace SaeSharp.Tests.Training;

/// <summary>A PolySAE finds the interactions that were planted; a linear SAE of equal size (as many latents, as many active) cannot express them.</summary>
/// <remarks>
/// One latent a feature is what both have. The PolySAE must give each planted pair its direction and tell planted pairs from others;
/// the linear SAE can only lean its features over to a pair's direction, which explains about half of it.
/// The PolySAE starts as the twin of the linear one: from the published start, whose pair maps are large at random, its features end rotated into each other.
/// (With many more latents than features it would spend some on conjunctions: that is why sizes are equal.)
/// </remarks>
public sealed class PlantedInteractionTests : IDisposable
{
    private const int Steps = 3000;
    private const int Rank = 16;

    private readonly CpuDevice _device = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Polynomial_dictionary_recovers_planted_pair_directions(ulong seed)
    {
        using var data = new PlantedPairs(_device, 100 + seed, strength: 1);
        var decoder = new DecoderSpec
        {
            Kind = DecoderKind.Polynomial, Order = 2, Ranks = [Rank, Rank], InitialNorm = 0.5, Start = DecoderStart.Twin,
        };
        using SparseDictionary dictionary = Train(decoder, data, seed);
        int[] latents = MatchFeatures(dictionary, data, atLeast: 0.98);

        // Four planted pairs of 120: all are found, along their directions (four seeds gave 0.973 and more; chance gives 0 ± 0.18).
        var strengths = new Dictionary<(int, int), double>();
        for (int i = 0; i < PlantedPairs.Features; i++)
        {
            for (int j = i + 1; j < PlantedPairs.Features; j++) strengths[(i, j)] = Norm(PairTerm(dictionary, latents[i], latents[j]));
        }

        Assert.Equal(PlantedPairs.Pairs.Order(), strengths.OrderByDescending(s => s.Value).Take(4).Select(s => s.Key).Order());
        for (int pair = 0; pair < PlantedPairs.Pairs.Length; pair++)
        {
            (int first, int second) = PlantedPairs.Pairs[pair];
            Assert.InRange(Cosine(PairTerm(dictionary, latents[first], latents[second]), data.PairDirection(pair)), 0.95, 1);
        }

        Assert.All(ExplainedPairs(dictionary, data), share => Assert.InRange(share, 0.99, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Linear_dictionary_of_equal_size_leaves_them_unexplained(ulong seed)
    {
        using var data = new PlantedPairs(_device, 100 + seed, strength: 1);
        using SparseDictionary dictionary = Train(new DecoderSpec { InitialNorm = 0.5 }, data, seed);

        // It is well trained, each feature has its latent, but those of pairs lean towards the pair's direction, and half of the pair is lost.
        int[] latents = MatchFeatures(dictionary, data, atLeast: 0.9);
        Assert.Equal(PlantedPairs.Features, latents.Distinct().Count());
        Assert.All(ExplainedPairs(dictionary, data), share => Assert.InRange(share, 0.3, 0.7));
    }

    public void Dispose() => _device.Dispose();

    private SparseDictionary Train(DecoderSpec decoder, PlantedPairs data, ulong seed)
    {
        var spec = new DictionarySpec
        {
            Latents = PlantedPairs.Features,
            Sparsifier = new SparsifierSpec { K = PlantedPairs.Active },
            Decoder = decoder,
            AuxK = new AuxKSpec { Rule = AuxKRule.Sound, DeadAfterTokens = 20_000 },
        };
        SparseDictionary dictionary = SparseDictionary.Create(spec, PlantedPairs.Width, _device, seed);
        using var training = new TrainingStep(dictionary, new TrainingSpec { LearningRate = 5e-3, DecaySteps = Steps / 3 }, Steps);
        using Matrix x = _device.Allocate(256, PlantedPairs.Width);
        for (int step = 0; step < Steps; step++)
        {
            data.Fill(x);
            training.Run(x, step);
        }

        return dictionary;
    }

    /// <summary>The latent whose linear direction is nearest to each feature.</summary>
    private int[] MatchFeatures(SparseDictionary dictionary, PlantedPairs data, double atLeast)
    {
        using Matrix directions = _device.Allocate(dictionary.Latents, PlantedPairs.Width);
        dictionary.Directions(directions);
        double[][] rows = [.. Enumerable.Range(0, dictionary.Latents).Select(f => directions.Row(f).ToArray().Select(v => (double)v).ToArray())];
        int[] match = new int[PlantedPairs.Features];
        for (int i = 0; i < match.Length; i++)
        {
            double[] feature = data.Feature(i);
            match[i] = Enumerable.Range(0, rows.Length).MaxBy(f => Cosine(rows[f], feature));
            Assert.InRange(Cosine(rows[match[i]], feature), atLeast, 1);
        }

        return match;
    }

    /// <summary>λ₂ C2 (u_i ∘ u_j): half of what a pair of unit codes adds.</summary>
    private static double[] PairTerm(SparseDictionary dictionary, int i, int j)
    {
        MatrixView u = dictionary["U"].Value;
        MatrixView map = dictionary["C2"].Value;
        double lambda = dictionary["lambda2"].Value[0, 0];
        return [.. Enumerable.Range(0, PlantedPairs.Width).Select(d => lambda * Enumerable.Range(0, Rank).Sum(r => map[d, r] * u[i, r] * u[j, r]))];
    }

    /// <summary>For each pair: the share of Σ⟨x, w⟩² that the reconstruction explains, on vectors that training has not seen.</summary>
    private double[] ExplainedPairs(SparseDictionary dictionary, PlantedPairs data)
    {
        const int Tokens = 4096;
        using Matrix x = _device.Allocate(Tokens, PlantedPairs.Width);
        data.Fill(x);
        using CsrMatrix codes = _device.AllocateCsr(Tokens, dictionary.Latents, 64);
        using Matrix residual = _device.Allocate(Tokens, PlantedPairs.Width);
        dictionary.Encode(x, codes);
        dictionary.Decode(codes, residual);
        _device.Axpby(1f, x, -1f, residual);
        double[] shares = new double[PlantedPairs.Pairs.Length];
        for (int pair = 0; pair < shares.Length; pair++)
        {
            double[] w = data.PairDirection(pair);
            shares[pair] = 1 - (Along(residual, w) / Along(x, w));
        }

        return shares;
    }

    private static double Along(MatrixView x, double[] direction)
    {
        double sum = 0;
        for (int b = 0; b < x.Rows; b++)
        {
            double dot = 0;
            for (int d = 0; d < direction.Length; d++) dot += x[b, d] * direction[d];
            sum += dot * dot;
        }

        return sum;
    }

    private static double Norm(double[] v) => Math.Sqrt(v.Sum(x => x * x));

    private static double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() / (Norm(a) * Norm(b));
}
