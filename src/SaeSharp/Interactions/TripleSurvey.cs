using SaeSharp.Evaluation;
using SaeSharp.Numerics;

namespace SaeSharp.Interactions;

/// <summary>The strongest triples among those that contain one of some pairs.</summary>
/// <param name="Seeds">How many pairs were extended.</param>
/// <param name="Strongest">Strongest first, each triple once; latents ascend within a triple.</param>
/// <remarks>All triples of 16,384 latents would be 7·10¹¹; extending strong pairs by every third latent is what can be afforded. A strong triple none of whose pairs is a seed is missed.</remarks>
public sealed record TripleSurvey(int Seeds, IReadOnlyList<InteractionTriple> Strongest)
{
    /// <summary>Extends pairs by every third latent.</summary>
    /// <param name="interactions">The decoder's interactions, of order 3.</param>
    /// <param name="seeds">Distinct pairs, e.g. <see cref="PairSurvey.Strongest"/>.</param>
    /// <param name="keep">How many of the strongest triples to keep.</param>
    /// <param name="progress">Told the triples done, or null.</param>
    /// <param name="cancel">Stops the survey.</param>
    /// <exception cref="InputException">The decoder has no cubic term.</exception>
    public static TripleSurvey Of(
        PolynomialInteractions interactions, IReadOnlyList<InteractionPair> seeds, int keep,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        Device device = interactions.Device;
        MatrixView table = interactions.TripleTable;
        int[] first = [.. seeds.Select(seed => seed.First)], second = [.. seeds.Select(seed => seed.Second)];
        using Matrix rows = device.Allocate(seeds.Count, table.Columns);
        using Matrix others = device.Allocate(seeds.Count, table.Columns);
        device.GatherRows(table, first, rows);
        device.GatherRows(table, second, others);
        device.Multiply(rows, others, rows);
        Sink sink = new(seeds, keep);
        StrengthScan.Run(device, rows, table, interactions.TripleFactor, false, sink, progress, cancel);
        return new TripleSurvey(seeds.Count, sink.Strongest());
    }

    private sealed class Sink : IStrengthSink
    {
        private readonly IReadOnlyList<InteractionPair> _seeds;
        private readonly Dictionary<(int, int), int> _places = [];
        private readonly StrongestList<InteractionTriple> _strongest;
        private readonly int _keep;

        public Sink(IReadOnlyList<InteractionPair> seeds, int keep)
        {
            _seeds = seeds;
            _keep = keep;
            _strongest = new StrongestList<InteractionTriple>(keep, Compare);
            for (int i = 0; i < seeds.Count; i++)
                if (!_places.TryAdd(Key(seeds[i].First, seeds[i].Second), i)) throw new ArgumentException($"The pair ({seeds[i].First}, {seeds[i].Second}) is a seed twice.", nameof(seeds));
        }

        public InteractionTriple[] Strongest() => _strongest.ToArray();

        public void Add(in StrengthBlock block)
        {
            if (_keep == 0) return;
            for (int latent = 0; latent < block.Latents; latent++)
            {
                ReadOnlySpan<float> values = block.Values.Slice(latent * block.Rows, block.Rows);
                for (int row = 0; row < values.Length; row++)
                {
                    if (!_strongest.HasRoom && values[row] < _strongest.Weakest.Strength) continue;
                    Offer(block.FirstRow + row, block.FirstLatent + latent, values[row]);
                }
            }
        }

        private static (int First, int Second) Key(int a, int b) => a < b ? (a, b) : (b, a);

        private static int Compare(InteractionTriple a, InteractionTriple b)
        {
            int order = b.Strength.CompareTo(a.Strength);
            return order != 0 ? order : (a.First, a.Second, a.Third).CompareTo((b.First, b.Second, b.Third));
        }

        /// <summary>A triple that several seeds reach is taken from the seed that comes first.</summary>
        private void Offer(int seed, int third, float strength)
        {
            (int a, int b, _) = _seeds[seed];
            if (third == a || third == b || a == b) return;
            if (_places.TryGetValue(Key(a, third), out int other) && other < seed) return;
            if (_places.TryGetValue(Key(b, third), out other) && other < seed) return;
            Span<int> latents = [a, b, third];
            latents.Sort();
            _strongest.Offer(new InteractionTriple(latents[0], latents[1], latents[2], strength));
        }
    }
}
