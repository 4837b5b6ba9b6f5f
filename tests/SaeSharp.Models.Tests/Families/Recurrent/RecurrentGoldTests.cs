using System.Text.Json;
using SaeSharp.Models.Files;
using SaeSharp.Models.Forward;
using SaeSharp.Models.Generation;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.States;
using SaeSharp.Numerics;
using Xunit.Abstractions;

namespace SaeSharp.Models.Tests.Families.Recurrent;

/// <summary>
/// Everything in the gold files of the recurrent families: made in float64 from the stored weights, by a reference that agrees with the
/// projects' own code to 3e-13. Tolerances are those of each fixture's report, five times what float32 runs of two codes showed.
/// </summary>
public sealed class RecurrentGoldTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Fixtures => RecurrentFixtures.All;

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Logits_hook_points_write_factors_and_states_meet_the_gold_values(string family, string fixture)
    {
        using RecurrentFixture f = new(family, fixture);
        HashSet<string> compared = [];
        foreach (string text in (string[])["T1", "T7", "T33", "T130"])
        {
            int[] ids = f.Ids(text);
            using Matrix logits = Devices.Shared.Allocate(ids.Length, f.Model.Description.VocabularySize);
            ForwardPass pass = new ForwardPass().Logits(logits);
            Dictionary<string, Matrix> captured = [];
            foreach (string name in f.Gold.Tensors.Keys.Where(name => name.StartsWith($"{text}.", StringComparison.Ordinal)))
            {
                if (f.StatePosition(name, ids.Length) is { } state)
                {
                    captured[name] = Devices.Shared.Allocate(1, (int)f.Gold.Info(name).Count);
                    pass.CaptureStates(state.Layer, [state.Position], captured[name]);
                }
                else if (HookPoint.TryParse(name[(text.Length + 1)..], out HookPoint point))
                {
                    HookPointShape shape = f.Model.Description.Shape(point);
                    captured[name] = Devices.Shared.Allocate(shape.Rows(1, ids.Length), shape.Columns(ids.Length));
                    pass.Capture(point, captured[name]);
                }
            }

            f.Model.Forward(new TokenBatch(ids), pass);
            foreach ((string name, Matrix values) in captured)
            {
                f.Close(name, values.AsSpan(), name.Contains(".rec.S_", StringComparison.Ordinal) ? "state" : "resid");
                Assert.True(compared.Add(name));
                values.Dispose();
            }

            string logitsName = text == "T130" ? "T130.logits_from64" : $"{text}.logits";
            f.Close(logitsName, logits.AsSpan()[^(int)f.Gold.Info(logitsName).Count..], "logits");
            if (text == "T7") f.Close("T7.logits_f64", logits.AsSpan(), "logits");
        }

        // Nothing of the gold file may be left out: whatever is not ids, logits, continuations or edits was compared.
        string[] left = [.. f.Gold.Tensors.Keys.Where(name => !compared.Contains(name) && !name.StartsWith("iv.", StringComparison.Ordinal)
            && !name.Contains("logits", StringComparison.Ordinal) && !name.EndsWith("input_ids", StringComparison.Ordinal) && !name.EndsWith("greedy20", StringComparison.Ordinal))];
        Assert.Empty(left);
        output.WriteLine(f.WorstErrors());
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Greedy_continuations_equal_the_gold_ones(string family, string fixture)
    {
        using RecurrentFixture f = new(family, fixture);
        Generator generator = new(f.Model);
        foreach (string text in (string[])["T7", "T33"])
        {
            GeneratedSequence result = generator.Generate(f.Ids(text), new GenerationOptions { MaximumTokens = 20 });
            Assert.Equal(f.Gold.ReadInt64($"{text}.greedy20"), result.Tokens.Select(id => (long)id));
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Edited_states_give_the_gold_logits_divergences_and_states(string family, string fixture)
    {
        using RecurrentFixture f = new(family, fixture);
        int[] ids = f.Ids("T33");
        int vocabulary = f.Model.Description.VocabularySize;
        long[] where = f.Gold.ReadInt64("iv.layer_head_t");
        (int layer, int head, int token) = ((int)where[0], (int)where[1], (int)where[2]);
        using Matrix keys = RecurrentFixture.Row(f.Gold.ReadFloat32("iv.R_u")), values = RecurrentFixture.Row(f.Gold.ReadFloat32("iv.R_w"));
        foreach (string edit in (string[])["delete_add", "delete_full", "replace", "add3"])
        {
            foreach (StateEditTime time in Enum.GetValues<StateEditTime>())
            {
                // Two sequences: the first one is left alone, and is what the divergence is measured from.
                using Matrix logits = Devices.Shared.Allocate(2 * ids.Length, vocabulary), state = Devices.Shared.Allocate(2, keys.Columns * values.Columns);
                ForwardPass pass = new ForwardPass().Logits(logits).CaptureStates(layer, [ids.Length - 1], state, head);
                for (int i = 0; i < (edit == "add3" ? 3 : 1); i++)
                {
                    pass.EditState(new StateEdit
                    {
                        Layer = layer, Head = head, Position = token + i, Sequence = 1, Time = time, Keys = keys, Values = values,
                        Kind = edit switch
                        {
                            "delete_add" => StateEditKind.DeleteAdditiveWrite,
                            "delete_full" => StateEditKind.DeleteFullWrite,
                            "replace" => StateEditKind.ReplaceAdditiveWrite,
                            _ => StateEditKind.Add,
                        },
                    });
                }

                f.Model.Forward(new TokenBatch([.. ids, .. ids], 2), pass);
                string name = $"iv.{edit}.{(time == StateEditTime.AfterRead ? "post" : "inline")}";
                MatrixView edited = logits.RowRange(ids.Length, ids.Length);
                f.Close($"{name}.logits_last", edited.Row(ids.Length - 1), "iv_logits");
                f.Close($"{name}.logits_t1", edited.Row(token + 1), "iv_logits");
                f.Close($"{name}.S_last", state.Row(1), "state");
                double[] divergence = new double[ids.Length];
                Devices.Shared.Divergence(logits.RowRange(0, ids.Length), edited, divergence);
                f.Close($"{name}.kl", divergence, "kl");
                int firstEffect = time == StateEditTime.AfterRead ? token + 1 : token;
                for (int t = 0; t < firstEffect; t++) Assert.Equal(logits.Row(t), edited.Row(t));
            }
        }

        output.WriteLine(f.WorstErrors());
    }
}
