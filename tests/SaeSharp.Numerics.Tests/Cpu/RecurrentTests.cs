using SaeSharp.Numerics.Tests.Support;

namespace SaeSharp.Numerics.Tests.Cpu;

/// <summary>The recurrences against naive loops in double; single precision keeps about six digits over a hundred steps.</summary>
public sealed class RecurrentTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<SimdLevel, int> LevelsAndChunks
    {
        get
        {
            TheoryData<SimdLevel, int> data = [];
            foreach (SimdLevel level in Enum.GetValues<SimdLevel>().Where(level => level <= CpuDevice.BestLevel))
            {
                foreach (int chunk in (int[])[1, 16, 64]) data.Add(level, chunk);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(LevelsAndChunks))]
    public void The_delta_rule_equals_its_definition_in_every_chunk_length(SimdLevel level, int chunk) => CheckGatedRule(level, chunk, erases: true);

    [Theory]
    [MemberData(nameof(LevelsAndChunks))]
    public void The_additive_rule_equals_its_definition_in_every_chunk_length(SimdLevel level, int chunk) => CheckGatedRule(level, chunk, erases: false);

    [Theory]
    [MemberData(nameof(LevelsAndChunks))]
    public void A_text_run_in_pieces_gives_what_it_gives_in_one(SimdLevel level, int chunk)
    {
        const int Length = 70, Heads = 2, Keys = 8, Values = 12;
        CpuDevice device = Levels.Device(level);
        using Rule whole = new(1, Length, Heads, Heads, Keys, Values), pieces = new(1, Length, Heads, Heads, Keys, Values);
        device.DeltaRule(new RecurrenceShape(1, Length, 0, Length, Heads) { ChunkLength = chunk }, whole.Q, whole.K, whole.V, whole.G, whole.B, whole.S, whole.D, whole.O);
        foreach ((int start, int count) in ((int, int)[])[(0, 33), (33, 1), (34, 20), (54, 16)])
        {
            device.DeltaRule(new RecurrenceShape(1, Length, start, count, Heads) { ChunkLength = chunk }, pieces.Q, pieces.K, pieces.V, pieces.G, pieces.B, pieces.S, pieces.D, pieces.O);
        }

        pieces.O.AssertClose(whole.O.ToDoubles(), Tolerance);
        pieces.S.AssertClose(whole.S.ToDoubles(), Tolerance);
        pieces.D.AssertClose(whole.D.ToDoubles(), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void The_generalised_delta_rule_equals_its_definition(SimdLevel level)
    {
        const int Sequences = 2, Length = 40, Heads = 3, Keys = 9, Values = 21;
        int rows = Sequences * Length;
        using Rule rule = new(Sequences, Length, Heads, Heads, Keys, Values);
        using Padded decays = Padded.Random(rows, Heads * Keys, 21), kappa = Padded.Random(rows, Heads * Keys, 22, scale: 0.2), write = Padded.Random(rows, Heads * Keys, 23, scale: 0.2);
        for (int r = 0; r < rows; r++)
        {
            foreach (ref float value in decays.View.Row(r)) value = 0.6f + 0.4f / (1 + MathF.Exp(value));
        }

        double[,] state = rule.S.ToDoubles(), o = new double[rows, Heads * Values], e = new double[rows, Heads * Values];
        ForEachToken(Sequences, Length, Heads, (row, s, head) =>
        {
            for (int j = 0; j < Values; j++)
            {
                for (int i = 0; i < Keys; i++) e[row, head * Values + j] += state[s, i * Values + j] * kappa.View[row, head * Keys + i];
            }

            for (int i = 0; i < Keys; i++)
            {
                for (int j = 0; j < Values; j++)
                {
                    ref double cell = ref state[s, i * Values + j];
                    cell = decays.View[row, head * Keys + i] * cell - write.View[row, head * Keys + i] * e[row, head * Values + j]
                        + rule.K.View[row, head * Keys + i] * rule.V.View[row, head * Values + j];
                    o[row, head * Values + j] += cell * rule.Q.View[row, head * Keys + i];
                }
            }
        });
        Levels.Device(level).GeneralizedDeltaRule(new RecurrenceShape(Sequences, Length, 0, Length, Heads), rule.Q, rule.K, rule.V, decays, kappa, write, rule.S, rule.D, rule.O);
        rule.O.AssertClose(o, Tolerance);
        rule.D.AssertClose(e, Tolerance);
        rule.S.AssertClose(state, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Levels.Available), MemberType = typeof(Levels))]
    public void Reading_again_and_outer_products_use_the_shared_keys(SimdLevel level)
    {
        const int Sequences = 2, Length = 3, Heads = 4, KeyHeads = 2, Keys = 5, Values = 7;
        CpuDevice device = Levels.Device(level);
        using Rule rule = new(Sequences, Length, Heads, KeyHeads, Keys, Values);
        using Padded products = new(Sequences * Length, Heads * Keys * Values), repeated = new(Sequences * Length, Heads * Keys);
        double[,] o = new double[Sequences * Length, Heads * Values], outer = new double[Sequences * Length, Heads * Keys * Values], wide = new double[Sequences * Length, Heads * Keys];
        ForEachToken(Sequences, Length, Heads, (row, s, head) =>
        {
            for (int i = 0; i < Keys; i++)
            {
                wide[row, head * Keys + i] = rule.K.View[row, head / 2 * Keys + i];
                for (int j = 0; j < Values; j++)
                {
                    outer[row, (head * Keys + i) * Values + j] = (double)rule.B.View[row, head] * rule.K.View[row, head / 2 * Keys + i] * rule.V.View[row, head * Values + j];
                    if (row % Length == 1) o[row, head * Values + j] += (double)rule.S.View[s, i * Values + j] * rule.Q.View[row, head / 2 * Keys + i];
                }
            }
        });
        device.ReadStates(new RecurrenceShape(Sequences, Length, 1, 1, Heads) { KeyHeads = KeyHeads }, rule.Q, rule.S, rule.O);
        device.OuterProducts(rule.K, rule.V, rule.B, Heads, KeyHeads, products);
        device.RepeatHeads(rule.K, KeyHeads, repeated);
        rule.O.AssertClose(o, 1e-6);
        products.AssertClose(outer, 1e-6);
        repeated.AssertClose(wide, 0);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        const int Length = 150, Heads = 3, Keys = 16, Values = 32;
        float[][] results = [.. new[] { 1, 2, 5 }.Select(threads =>
        {
            using CpuDevice device = new(threads);
            using Rule rule = new(2, Length, Heads, Heads, Keys, Values);
            device.DeltaRule(new RecurrenceShape(2, Length, 0, Length, Heads), rule.Q, rule.K, rule.V, rule.G, rule.B, rule.S, rule.D, rule.O);
            return rule.O.ToArray().Concat(rule.S.ToArray()).ToArray();
        })];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        CpuDevice device = Levels.Device(SimdLevel.Portable);
        using Rule rule = new(1, 4, 2, 2, 3, 3);
        Assert.Throws<ArgumentException>(() => Run(new RecurrenceShape(1, 4, 2, 3, 2)));
        Assert.Throws<ArgumentException>(() => Run(new RecurrenceShape(2, 4, 0, 4, 2)));
        Assert.Throws<ArgumentException>(() => Run(new RecurrenceShape(1, 4, 0, 4, 2) { KeyHeads = 3 }));
        Assert.Throws<ArgumentException>(() => Run(new RecurrenceShape(1, 4, 0, 4, 2) { ChunkLength = RecurrenceShape.LongestChunk + 1 }));

        void Run(RecurrenceShape shape) => device.DeltaRule(shape, rule.Q, rule.K, rule.V, rule.G, rule.B, rule.S, rule.D, rule.O);
    }

    private static void CheckGatedRule(SimdLevel level, int chunk, bool erases)
    {
        const int Sequences = 2, Length = 101, Heads = 4, KeyHeads = 2, Keys = 13, Values = 20;
        using Rule rule = new(Sequences, Length, Heads, KeyHeads, Keys, Values);
        double[,] state = rule.S.ToDoubles(), o = new double[Sequences * Length, Heads * Values], d = new double[Sequences * Length, Heads * Values];
        ForEachToken(Sequences, Length, Heads, (row, s, head) =>
        {
            double decay = Math.Exp(rule.G.View[row, head]), strength = rule.B.View[row, head];
            int key = head / (Heads / KeyHeads) * Keys, value = head * Values;
            for (int j = 0; j < Values; j++)
            {
                double read = 0;
                for (int i = 0; i < Keys; i++) read += state[s, i * Values + j] * decay * rule.K.View[row, key + i];
                d[row, value + j] = strength * (rule.V.View[row, value + j] - (erases ? read : 0));
            }

            for (int i = 0; i < Keys; i++)
            {
                for (int j = 0; j < Values; j++)
                {
                    ref double cell = ref state[s, i * Values + j];
                    cell = decay * cell + rule.K.View[row, key + i] * d[row, value + j];
                    o[row, value + j] += cell * rule.Q.View[row, key + i];
                }
            }
        });
        RecurrenceShape shape = new(Sequences, Length, 0, Length, Heads) { KeyHeads = KeyHeads, ChunkLength = chunk };
        if (erases) Levels.Device(level).DeltaRule(shape, rule.Q, rule.K, rule.V, rule.G, rule.B, rule.S, rule.D, rule.O);
        else Levels.Device(level).AdditiveRule(shape, rule.Q, rule.K, rule.V, rule.G, rule.B, rule.S, rule.O);
        rule.O.AssertClose(o, Tolerance);
        rule.S.AssertClose(state, Tolerance);
        if (erases) rule.D.AssertClose(d, Tolerance);
    }

    private static void ForEachToken(int sequences, int length, int heads, Action<int, int, int> act)
    {
        for (int row = 0; row < sequences * length; row++)
        {
            for (int head = 0; head < heads; head++) act(row, row / length * heads + head, head);
        }
    }

    /// <summary>Operands of a recurrence: keys of length about 1, decays below 1, strengths between 0 and 1, a state that is not zero.</summary>
    private sealed class Rule : IDisposable
    {
        public Rule(int sequences, int length, int heads, int keyHeads, int keys, int values)
        {
            int rows = sequences * length;
            Q = Padded.Random(rows, keyHeads * keys, 1, scale: 1 / Math.Sqrt(keys));
            K = Padded.Random(rows, keyHeads * keys, 2, scale: 1 / Math.Sqrt(keys));
            V = Padded.Random(rows, heads * values, 3);
            G = Padded.Random(rows, heads, 4, scale: 0.2);
            B = Padded.Random(rows, heads, 5);
            S = Padded.Random(sequences * heads, keys * values, 6);
            D = new Padded(rows, heads * values);
            O = new Padded(rows, heads * values);
            for (int r = 0; r < rows; r++)
            {
                for (int h = 0; h < heads; h++) (G.View[r, h], B.View[r, h]) = (-Math.Abs(G.View[r, h]), 1 / (1 + MathF.Exp(B.View[r, h])));
            }
        }

        public Padded Q { get; }

        public Padded K { get; }

        public Padded V { get; }

        public Padded G { get; }

        public Padded B { get; }

        public Padded S { get; }

        public Padded D { get; }

        public Padded O { get; }

        public void Dispose()
        {
            foreach (Padded operand in (Padded[])[Q, K, V, G, B, S, D, O]) operand.Dispose();
        }
    }
}
