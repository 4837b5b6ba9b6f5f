using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.States;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Families.Recurrent;

/// <summary>What must hold whatever the weights are: batches, caches, edits that cancel, and the bundled models.</summary>
public sealed class RecurrentRunTests
{
    /// <summary>Logits of order 10 in single precision, where chunks are cut in other places.</summary>
    private const double Tolerance = 2e-4;

    public static TheoryData<string, string> Fixtures => RecurrentFixtures.All;

    [Theory]
    [InlineData("gdn-tiny")]
    [InlineData("mamba2-tiny")]
    [InlineData("rwkv7-tiny")]
    public void Bundled_models_meet_their_gold_values(string name)
    {
        using LanguageModel model = LanguageModel.Load(Path.Combine(AppContext.BaseDirectory, "assets", "models", name), Devices.Shared);
        using SafetensorsFile gold = SafetensorsFile.Open(TestData.At(name, "gold.safetensors"));
        for (int text = 0; text < 4; text++)
        {
            int[] ids = [.. gold.ReadInt64($"text{text}.input_ids").Select(id => (int)id)];
            using Matrix logits = Devices.Shared.Allocate(ids.Length, model.Description.VocabularySize);
            Matrix[] residuals = [.. Enumerable.Range(0, model.Description.Layers).Select(_ => Devices.Shared.Allocate(ids.Length, model.Description.Width))];
            ForwardPass pass = new ForwardPass().Logits(logits);
            for (int layer = 0; layer < residuals.Length; layer++) pass.Capture(HookPoint.ResidualPost(layer), residuals[layer]);
            model.Forward(new TokenBatch(ids), pass);

            // The gold is float32 itself and up to 2e-5 away from float64; ours may be as much.
            Close(gold.ReadFloat32($"text{text}.logits"), logits.AsSpan(), 1e-4);
            for (int layer = 0; layer < residuals.Length; layer++)
            {
                Close(gold.ReadFloat32($"text{text}.resid_post.{layer}"), residuals[layer].AsSpan(), 1e-4);
                residuals[layer].Dispose();
            }
        }
    }

    [Theory]
    [InlineData("gdn-tiny", 2542520)]
    [InlineData("mamba2-tiny", 1741136)]
    [InlineData("rwkv7-tiny", 1922944)]
    public void Parameters_are_counted_as_the_cards_count_them(string name, long count) =>
        Assert.Equal(count, LanguageModel.Describe(Path.Combine(AppContext.BaseDirectory, "assets", "models", name)).ParameterCount);

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void A_sequence_in_a_batch_gives_what_it_gives_alone(string family, string fixture)
    {
        using RecurrentFixture f = new(family, fixture);
        int[] one = f.Ids("T33"), other = f.Ids("T130")[50..83];
        using Matrix alone = Logits(f.Model, one, 1), batch = Logits(f.Model, [.. other, .. one, .. other], 3);
        Close(alone.AsSpan(), batch.RowRange(33, 33).AsSpan(), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Pieces_with_a_cache_give_what_the_whole_text_gives(string family, string fixture)
    {
        using RecurrentFixture f = new(family, fixture);
        int[] a = f.Ids("T130"), b = [.. a.Reverse()];
        int vocabulary = f.Model.Description.VocabularySize;
        using Matrix whole = Logits(f.Model, [.. a, .. b], 2);
        using ModelCache cache = f.Model.CreateCache(2, a.Length);
        for (int round = 0; round < 2; round++)
        {
            int first = 0;
            foreach (int count in (int[])[1, 2, 40, 1, 1, 64, 21])
            {
                using Matrix piece = Devices.Shared.Allocate(2 * count, vocabulary);
                f.Model.Forward(new TokenBatch([.. a[first..(first + count)], .. b[first..(first + count)]], 2), new ForwardPass().Logits(piece).Cache(cache));
                Close(whole.RowRange(first, count).AsSpan(), piece.RowRange(0, count).AsSpan(), Tolerance);
                Close(whole.RowRange(a.Length + first, count).AsSpan(), piece.RowRange(count, count).AsSpan(), Tolerance);
                first += count;
            }

            cache.Reset();
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Writing_back_what_was_deleted_changes_nothing(string family, string fixture)
    {
        using RecurrentFixture f = new(family, fixture);
        int[] ids = f.Ids("T33");
        IReadOnlyList<int> state = f.Model.Description.Shape(new HookPoint(HookSite.RecurrentState, 1)).TokenShape;
        using Matrix written = Devices.Shared.Allocate(ids.Length, state[0] * state[1] * state[2]), native = Logits(f.Model, ids, 1);
        f.Model.Forward(new TokenBatch(ids), new ForwardPass().Capture(new HookPoint(HookSite.RecurrentWrite, 1), written));

        // The write as a matrix of full rank: unit keys times its rows.
        using Matrix units = Devices.Shared.Allocate(state[1], state[1]);
        for (int i = 0; i < state[1]; i++) units[i, i] = 1f;
        MatrixView write = written.RowRange(12, 1).ColumnRange(state[1] * state[2], state[1] * state[2]).Reshape(state[1], state[2]);
        StateEdit edit = new() { Layer = 1, Head = 1, Position = 12, Kind = StateEditKind.ReplaceAdditiveWrite, Time = StateEditTime.BeforeRead, Keys = units, Values = write };
        using Matrix replaced = Logits(f.Model, ids, 1, edit), twice = Logits(f.Model, ids, 1, edit with { Scale = 2f });
        Close(native.AsSpan(), replaced.AsSpan(), Tolerance);
        Assert.Contains(native.AsSpan().ToArray().Zip(twice.AsSpan().ToArray()), pair => Math.Abs(pair.First - pair.Second) > 10 * Tolerance);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void States_at_chosen_tokens_are_those_of_every_token(string family, string fixture)
    {
        using RecurrentFixture f = new(family, fixture);
        int[] ids = [.. f.Ids("T33"), .. f.Ids("T130")[..33]];
        HookPointShape shape = f.Model.Description.Shape(new HookPoint(HookSite.RecurrentState, 0));
        int columns = shape.Columns(33), head = columns / shape.TokenShape[0];
        using Matrix every = Devices.Shared.Allocate(66, columns), chosen = Devices.Shared.Allocate(6, columns), one = Devices.Shared.Allocate(2, head);
        f.Model.Forward(
            new TokenBatch(ids, 2),
            new ForwardPass().Capture(shape.Point, every).CaptureStates(0, [3, 32, 20], chosen).CaptureStates(0, [20], one, head: 1));
        for (int sequence = 0; sequence < 2; sequence++)
        {
            Assert.Equal(every.Row(33 * sequence + 3), chosen.Row(3 * sequence));
            Assert.Equal(every.Row(33 * sequence + 32), chosen.Row(3 * sequence + 1));
            Assert.Equal(every.Row(33 * sequence + 20), chosen.Row(3 * sequence + 2));
            Assert.Equal(every.Row(33 * sequence + 20).Slice(head, head), one.Row(sequence));
        }
    }

    [Fact]
    public void Edits_and_captures_that_the_model_does_not_have_are_named()
    {
        using RecurrentFixture f = new("qwen3_5", "text-f32");
        using Matrix logits = Devices.Shared.Allocate(7, f.Model.Description.VocabularySize);
        StateEdit edit = new() { Layer = 0, Head = 0, Position = 2, Kind = StateEditKind.DeleteFullWrite };
        Assert.Contains("block 0 has heads 0 to 3", Refusal(edit with { Head = 4 }), StringComparison.Ordinal);
        Assert.Contains("positions 0 to 6", Refusal(edit with { Position = 7 }), StringComparison.Ordinal);
        Assert.Contains("sequences 0 to 0", Refusal(edit with { Sequence = 1 }), StringComparison.Ordinal);
        Assert.Contains("blocks.3.rec.state", Refusal(edit with { Layer = 3 }), StringComparison.Ordinal);

        string Refusal(StateEdit wrong) =>
            Assert.Throws<InputException>(() => f.Model.Forward(new TokenBatch(f.Ids("T7")), new ForwardPass().Logits(logits).EditState(wrong))).Message;
    }

    private static Matrix Logits(LanguageModel model, int[] ids, int sequences, params StateEdit[] edits)
    {
        Matrix logits = Devices.Shared.Allocate(ids.Length, model.Description.VocabularySize);
        ForwardPass pass = new ForwardPass().Logits(logits);
        foreach (StateEdit edit in edits) pass.EditState(edit);
        model.Forward(new TokenBatch(ids, sequences), pass);
        return logits;
    }

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"[{i}] is {actual[i]}, expected {expected[i]} (error {Math.Abs(expected[i] - actual[i]):g3})");
    }
}
