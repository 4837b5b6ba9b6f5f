using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Families.Gpt2;

public sealed class Gpt2ForwardTests(Gpt2Fixture fixture) : IClassFixture<Gpt2Fixture>
{
    private readonly LanguageModel _model = fixture.Model;

    [Fact]
    public void A_batch_gives_each_sequence_the_numbers_that_it_has_alone()
    {
        int[] ids = Gpt2Fixture.Ids(5 * 40);
        float[] together = Gpt2Fixture.Logits(_model, ids, 5);
        for (int sequence = 0; sequence < 5; sequence++)
        {
            float[] alone = Gpt2Fixture.Logits(_model, ids[(sequence * 40)..((sequence + 1) * 40)], 1);

            // Every kernel sums a row's products in one order whatever stands around it: not one bit may differ.
            Assert.Equal(alone, together[(sequence * alone.Length)..((sequence + 1) * alone.Length)]);
        }
    }

    [Fact]
    public void What_comes_later_does_not_change_what_came_before()
    {
        int[] ids = Gpt2Fixture.Ids(60);
        float[] whole = Gpt2Fixture.Capture(_model, ids, 1, HookPoint.FinalNorm);
        float[] prefix = Gpt2Fixture.Capture(_model, ids[..37], 1, HookPoint.FinalNorm);
        Assert.Equal(prefix, whole[..prefix.Length]);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        int[] ids = Gpt2Fixture.Ids(4 * 130);
        float[] expected = Gpt2Fixture.Logits(_model, ids, 4);
        foreach (int threads in (int[])[1, 3, 8])
        {
            using CpuDevice device = new(threads);
            using LanguageModel model = LanguageModel.Load(Gpt2Fixture.Folder, device);
            Assert.Equal(expected, Gpt2Fixture.Logits(model, ids, 4));
        }
    }

    [Fact]
    public void Concurrent_passes_do_not_disturb_each_other()
    {
        int[][] batches = [.. Enumerable.Range(0, 12).Select(i => Gpt2Fixture.Ids(2 * (10 + 9 * i), i))];
        float[][] expected = [.. batches.Select(ids => Gpt2Fixture.Logits(_model, ids, 2))];
        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => Assert.Equal(expected[i % 12], Gpt2Fixture.Logits(_model, batches[i % 12], 2)));
    }

    [Fact]
    public void Every_hook_point_is_the_same_alone_as_with_all_others_and_the_logits()
    {
        int[] ids = Gpt2Fixture.Ids(3 * 20);
        ModelDescription description = _model.Description;
        Dictionary<HookPoint, Matrix> captured = description.HookPoints.ToDictionary(
            shape => shape.Point, shape => _model.Device.Allocate(shape.Rows(3, 20), shape.Columns(20)));
        using Matrix logits = _model.Device.Allocate(60, description.VocabularySize);
        ForwardPass pass = new ForwardPass().Logits(logits);
        foreach ((HookPoint point, Matrix target) in captured) pass.Capture(point, target);
        _model.Forward(new TokenBatch(ids, 3), pass);
        foreach ((HookPoint point, Matrix target) in captured)
        {
            Assert.Equal(target.AsSpan().ToArray(), Gpt2Fixture.Capture(_model, ids, 3, point)); // stops right after the point
            target.Dispose();
        }
    }

    [Fact]
    public void A_pass_stops_after_the_last_value_that_is_wanted()
    {
        int[] ids = Gpt2Fixture.Ids(10);
        List<HookPoint> seen = [];
        (HookPoint, IEdit)[] spies = [.. _model.Description.HookPoints.Where(shape => !shape.IsPattern)
            .Select(shape => (shape.Point, (IEdit)new Gpt2Fixture.Change((context, _) => seen.Add(context.Point))))];
        foreach (HookPointShape shape in _model.Description.HookPoints)
        {
            seen.Clear();
            Gpt2Fixture.Capture(_model, ids, 1, shape.Point, spies);
            IEnumerable<HookPoint> expected = _model.Description.HookPoints.TakeWhile(other => other != shape).Append(shape).Where(other => !other.IsPattern).Select(other => other.Point);

            // The pattern's point is passed with attention, whose output is tapped right after it.
            Assert.Equal(shape.IsPattern ? expected.Append(new HookPoint(HookSite.AttentionMix, shape.Point.Layer)) : expected, seen);
        }
    }

    [Fact]
    public void A_point_can_be_captured_twice()
    {
        int[] ids = Gpt2Fixture.Ids(9);
        foreach (HookPoint point in (HookPoint[])[HookPoint.ResidualPost(1), new(HookSite.AttentionPattern, 1)])
        {
            HookPointShape shape = _model.Description.Shape(point);
            using Matrix first = _model.Device.Allocate(shape.Rows(1, 9), shape.Columns(9));
            using Matrix second = _model.Device.Allocate(shape.Rows(1, 9), shape.Columns(9));
            _model.Forward(new TokenBatch(ids), new ForwardPass().Capture(point, first).Capture(point, second));
            Assert.Equal(first.AsSpan().ToArray(), second.AsSpan().ToArray());
            Assert.Contains(first.AsSpan().ToArray(), value => value != 0);
        }
    }

    [Fact]
    public void A_cache_gives_the_numbers_of_a_whole_pass()
    {
        int[] ids = Gpt2Fixture.Ids(2 * 50);
        float[] whole = Gpt2Fixture.Logits(_model, ids, 2);
        int vocabulary = _model.Description.VocabularySize;
        using ModelCache cache = _model.CreateCache(2, 50);
        int position = 0;
        foreach (int count in (int[])[20, 1, 1, 7, 3, 18]) // a prompt, single tokens, and pieces for both attention kernels
        {
            int[] part = [.. ids[position..(position + count)], .. ids[(50 + position)..(50 + position + count)]];
            using Matrix logits = _model.Device.Allocate(2 * count, vocabulary);
            using Matrix last = _model.Device.Allocate(2, vocabulary);
            _model.Forward(new TokenBatch(part, 2), new ForwardPass().Logits(logits).LastLogits(last).Cache(cache));
            for (int sequence = 0; sequence < 2; sequence++)
            {
                for (int t = 0; t < count; t++)
                {
                    for (int v = 0; v < vocabulary; v++)
                    {
                        // The kernels for few and for many queries add up in another order; logits have a standard deviation of 2.
                        Assert.Equal(whole[((sequence * 50) + position + t) * vocabulary + v], logits[sequence * count + t, v], 2e-5f);
                    }
                }

                Assert.Equal(logits.Row((sequence + 1) * count - 1).ToArray(), last.Row(sequence).ToArray());
            }

            position += count;
            Assert.Equal(position, cache.Length);
        }

        Assert.Throws<ArgumentException>(() => _model.Forward(new TokenBatch([1, 2], 2), new ForwardPass().Cache(cache)));
        cache.Reset();
        Assert.Throws<ArgumentException>(() => _model.Forward(new TokenBatch([1, 2, 3], 3), new ForwardPass().Cache(cache)));
    }

    [Fact]
    public void A_pass_allocates_nothing_once_it_has_run()
    {
        int[] ids = Gpt2Fixture.Ids(2 * 30);
        using Matrix target = _model.Device.Allocate(60, _model.Description.Width);
        using Matrix logits = _model.Device.Allocate(60, _model.Description.VocabularySize);
        ForwardPass pass = new ForwardPass().Capture(HookPoint.ResidualPost(1), target).Logits(logits);
        using CpuDevice single = new(1); // on one thread, so that nobody else allocates on ours
        using LanguageModel model = LanguageModel.Load(Gpt2Fixture.Folder, single);
        for (int i = 0; i < 3; i++) model.Forward(new TokenBatch(ids, 2), pass);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) model.Forward(new TokenBatch(ids, 2), pass);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Ids_lengths_and_hook_points_that_the_model_does_not_have_are_refused()
    {
        using Matrix one = _model.Device.Allocate(1, 64);
        ForwardPass capture = new ForwardPass().Capture(HookPoint.ResidualPost(0), one);
        Assert.Contains("257", Refused([257], capture), StringComparison.Ordinal);
        Assert.Contains("-1", Refused([-1], capture), StringComparison.Ordinal);
        Assert.Contains("136", Refused(new int[137], capture), StringComparison.Ordinal);
        Assert.Contains("0 to 2", Refused([1], new ForwardPass().Capture(HookPoint.ResidualPost(3), one)), StringComparison.Ordinal);
        Assert.Contains("0 to 2", Refused([1], new ForwardPass().Capture(HookPoint.ResidualPost(0), one).Edit(HookPoint.ResidualPost(3), new AddVector(one))), StringComparison.Ordinal);
        Assert.Contains("not edited", Refused([1], new ForwardPass().Capture(HookPoint.ResidualPost(0), one).Edit(new(HookSite.AttentionPattern, 0), new AddVector(one))), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _model.Forward(new TokenBatch([1, 2]), capture)); // the target has one row
        Assert.Throws<ArgumentException>(() => _model.Forward(new TokenBatch([1]), new ForwardPass().Logits(one)));
        Assert.Throws<ArgumentException>(() => _model.Forward(new TokenBatch([1]), new ForwardPass()));
        Assert.Throws<ArgumentException>(() => new TokenBatch([1, 2, 3], 2).Length);
    }

    [Fact]
    public void The_description_says_what_the_model_has()
    {
        ModelDescription description = LanguageModel.Describe(Gpt2Fixture.Folder);
        Assert.Equal(("gpt2", 3, 64, 4, 257, 136, 256), (
            description.ModelType, description.Layers, description.Width, description.Heads, description.VocabularySize, description.ContextLength, description.EndOfText));
        Assert.Equal(2 + 3 * 8 + 1, description.HookPoints.Count);
        Assert.Equal(256, description.WidthOf(HookPoint.Parse("mlp_post.2")));
        Assert.Equal("blocks.0.attn.hook_z [T, 4, 16]", description.Shape(HookPoint.Parse("z.0")).ToString());
        Assert.Equal("blocks.0.attn.hook_pattern [4, T, T]", description.Shape(HookPoint.Parse("pattern.0")).ToString());
        Assert.Throws<InputException>(() => description.WidthOf(HookPoint.Parse("pattern.0")));

        // The card of the bundled model counts its parameters.
        Assert.Equal(3_060_288, LanguageModel.Describe(TestData.Gpt2Tiny).ParameterCount);
    }

    private string Refused(int[] ids, ForwardPass pass) => Assert.Throws<InputException>(() => _model.Forward(new TokenBatch(ids), pass)).Message;
}
