using SaeSharp.Dictionaries;
using SaeSharp.Interactions;
using SaeSharp.Numerics;
using SaeSharp.Tests.Formats;

namespace SaeSharp.Tests.Interactions;

public sealed class SurveyTests : IDisposable
{
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    /// <summary>More latents than a block holds, a rank that does not divide a block. Float32 products: 1e-5 of the largest strength.</summary>
    [Fact]
    public void The_survey_of_pairs_is_brute_force()
    {
        using SparseDictionary dictionary = Dictionary(1100, 24, [24, 7, 3]);
        using PolynomialInteractions interactions = new(dictionary);
        PairSurvey survey = PairSurvey.Of(interactions, 50);
        List<InteractionPair> all = [];
        for (int i = 0; i < 1100; i++)
            for (int j = i + 1; j < 1100; j++) all.Add(new InteractionPair(i, j, interactions.PairStrength(i, j)));
        InteractionPair[] expected = [.. all.OrderByDescending(pair => pair.Strength).Take(50)];
        Assert.Equal(all.Count, survey.Pairs);
        Assert.Equal(all.Count, survey.Histogram.Bins.Sum(bin => bin.Count));
        Assert.Equal(all.Average(pair => pair.Strength), survey.Mean, 1e-5 * survey.Mean);
        Assert.Equal(Math.Sqrt(all.Average(pair => pair.Strength * pair.Strength)), survey.RootMeanSquare, 1e-5 * survey.Mean);
        Assert.Equal(expected.Select(pair => (pair.First, pair.Second)), survey.Strongest.Select(pair => (pair.First, pair.Second)));
        for (int p = 0; p < 50; p++) Assert.Equal(expected[p].Strength, survey.Strongest[p].Strength, 1e-5 * expected[0].Strength);
        double median = all.Select(pair => pair.Strength).Order().ElementAt(all.Count / 2);
        Assert.InRange(survey.Histogram.Quantile(0.5), median / 1.1, median);
    }

    [Fact]
    public void A_survey_of_some_latents_sees_only_their_pairs()
    {
        using SparseDictionary dictionary = Dictionary(40, 12, [12, 6, 3]);
        using PolynomialInteractions interactions = new(dictionary);
        int[] latents = [3, 7, 8, 21, 39];
        PairSurvey survey = PairSurvey.Of(interactions, 100, latents);
        Assert.Equal(10, survey.Pairs);
        Assert.Equal(10, survey.Strongest.Count);
        Assert.All(survey.Strongest, pair =>
        {
            Assert.Contains(pair.First, latents);
            Assert.Contains(pair.Second, latents);
            Assert.Equal(interactions.PairStrength(pair.First, pair.Second), pair.Strength, 1e-5);
        });
    }

    [Fact]
    public void Planted_interactions_come_first()
    {
        using SparseDictionary dictionary = Dictionary(300, 20, [20, 6, 4]);
        Plant(dictionary, [(5, 17), (100, 250), (30, 31)]);
        using PolynomialInteractions interactions = new(dictionary);
        PairSurvey survey = PairSurvey.Of(interactions, 3);
        Assert.Equal([(5, 17), (30, 31), (100, 250)], survey.Strongest.Select(pair => (pair.First, pair.Second)).Order());
    }

    /// <summary>Latents whose channels do not meet have strength 0 exactly, however often they fire together.</summary>
    [Fact]
    public void Latents_that_share_no_channel_have_no_strength()
    {
        using SparseDictionary dictionary = Dictionary(300, 20, [20, 6, 4]);
        Plant(dictionary, [(5, 17)]);
        using PolynomialInteractions interactions = new(dictionary);
        Assert.Equal(0, interactions.PairStrength(40, 41));
        Assert.True(interactions.PairStrength(5, 17) > 0.1);
    }

    [Fact]
    public void Triples_are_those_of_brute_force_over_the_seeds()
    {
        using SparseDictionary dictionary = Dictionary(60, 16, [16, 8, 5]);
        using PolynomialInteractions interactions = new(dictionary);
        // Overlapping seeds: (1,2), (2,3) and (1,3) all reach the triple 1, 2, 3.
        InteractionPair[] seeds = [new(1, 2, 0), new(2, 3, 0), new(1, 3, 0), new(50, 9, 0)];
        TripleSurvey survey = TripleSurvey.Of(interactions, seeds, 40);
        Dictionary<(int, int, int), double> all = [];
        foreach (InteractionPair seed in seeds)
        {
            for (int k = 0; k < 60; k++)
            {
                if (k == seed.First || k == seed.Second) continue;
                int[] t = [.. new[] { seed.First, seed.Second, k }.Order()];
                all[(t[0], t[1], t[2])] = interactions.TripleStrength(t[0], t[1], t[2]);
            }
        }

        var expected = all.OrderByDescending(pair => pair.Value).Take(40).ToArray();
        Assert.Equal(expected.Select(pair => pair.Key), survey.Strongest.Select(t => (t.First, t.Second, t.Third)));
        for (int t = 0; t < 40; t++) Assert.Equal(expected[t].Value, survey.Strongest[t].Strength, 1e-5 * expected[0].Value);
    }

    [Fact]
    public void Surveys_do_not_depend_on_the_number_of_threads()
    {
        using CpuDevice one = new(1);
        PairSurvey[] surveys = [Survey(one), Survey(_device)];
        Assert.Equal(surveys[0].Strongest, surveys[1].Strongest);
        Assert.Equal(surveys[0].Mean, surveys[1].Mean);
        Assert.Equal(surveys[0].Histogram.Bins, surveys[1].Histogram.Bins);
    }

    [Fact]
    public void A_map_of_zeros_has_strength_zero_everywhere()
    {
        using SparseDictionary dictionary = SparseDictionary.Create(GoldMetrics.Spec with { Decoder = GoldMetrics.Spec.Decoder with { Start = DecoderStart.Twin } }, 16, _device, 3);
        using PolynomialInteractions interactions = new(dictionary);
        PairSurvey survey = PairSurvey.Of(interactions, 5);
        Assert.Equal(0, survey.RootMeanSquare);
        Assert.Equal(48 * 47 / 2, survey.Pairs);
    }

    private static PairSurvey Survey(CpuDevice device)
    {
        using SparseDictionary dictionary = Dictionary(700, 24, [24, 9, 3], device);
        using PolynomialInteractions interactions = new(dictionary);
        return PairSurvey.Of(interactions, 20);
    }

    /// <summary>Gives each pair a channel of the projection to itself and silences the channels everywhere else.</summary>
    private static void Plant(SparseDictionary dictionary, (int First, int Second)[] pairs)
    {
        int channels = dictionary["C2"].Value.Columns;
        Matrix u = dictionary["U"].Value;
        for (int f = 0; f < u.Rows; f++) u.Row(f)[..channels].Clear();
        for (int p = 0; p < pairs.Length; p++)
        {
            u[pairs[p].First, p] = 0.8f;
            u[pairs[p].Second, p] = 0.7f;
        }
    }

    private SparseDictionary Dictionary(int latents, int width, int[] ranks) => Dictionary(latents, width, ranks, _device);

    private static SparseDictionary Dictionary(int latents, int width, int[] ranks, Device device) => TestDictionaries.Random(
        GoldMetrics.Spec with { Latents = latents, Decoder = GoldMetrics.Spec.Decoder with { Ranks = ranks, Start = DecoderStart.Published } }, width, device, 11);
}
