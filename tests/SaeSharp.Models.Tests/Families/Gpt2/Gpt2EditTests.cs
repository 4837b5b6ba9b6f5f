using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Families.Gpt2;

public sealed class Gpt2EditTests(Gpt2Fixture fixture) : IClassFixture<Gpt2Fixture>
{
    private readonly LanguageModel _model = fixture.Model;
    private readonly int[] _ids = Gpt2Fixture.Ids(2 * 20);

    public static TheoryData<string> Points => [.. LanguageModel.Describe(Gpt2Fixture.Folder).HookPoints.Where(shape => !shape.IsPattern).Select(shape => shape.Point.ToString())];

    [Theory]
    [MemberData(nameof(Points))]
    public void Replacing_a_value_by_itself_changes_nothing(string name)
    {
        HookPoint point = HookPoint.Parse(name);
        using Matrix own = Captured(point);
        Assert.Equal(Gpt2Fixture.Logits(_model, _ids, 2), Gpt2Fixture.Logits(_model, _ids, 2, (point, new ReplaceWith(own))));
    }

    [Theory]
    [MemberData(nameof(Points))]
    public void Replacing_a_value_changes_what_comes_after_and_nothing_before(string name)
    {
        HookPoint point = HookPoint.Parse(name);
        using Matrix noise = Captured(point);
        new PhiloxStream(3).FillNormal(noise.AsSpan());
        (HookPoint, IEdit) edit = (point, new ReplaceWith(noise));
        Assert.NotEqual(Gpt2Fixture.Logits(_model, _ids, 2), Gpt2Fixture.Logits(_model, _ids, 2, edit));
        Assert.Equal(noise.AsSpan().ToArray(), Gpt2Fixture.Capture(_model, _ids, 2, point, edit));
        foreach (HookPointShape before in _model.Description.HookPoints.TakeWhile(shape => shape.Point != point))
        {
            Assert.Equal(Gpt2Fixture.Capture(_model, _ids, 2, before.Point), Gpt2Fixture.Capture(_model, _ids, 2, before.Point, edit));
        }
    }

    [Fact]
    public void Without_both_branches_a_block_passes_its_input_on()
    {
        Gpt2Fixture.Change zero = new((context, values) => context.Device.Fill(values, 0f));
        float[] before = Gpt2Fixture.Capture(_model, _ids, 2, HookPoint.ResidualPre(1));
        float[] after = Gpt2Fixture.Capture(_model, _ids, 2, HookPoint.ResidualPost(1), (HookPoint.AttentionOut(1), zero), (HookPoint.MlpOut(1), zero));
        Assert.Equal(before, after);
    }

    [Fact]
    public void Without_attention_the_middle_is_the_beginning()
    {
        Gpt2Fixture.Change zero = new((context, values) => context.Device.Fill(values, 0f));
        Assert.Equal(
            Gpt2Fixture.Capture(_model, _ids, 2, HookPoint.ResidualPre(2)),
            Gpt2Fixture.Capture(_model, _ids, 2, HookPoint.ResidualMid(2), (HookPoint.AttentionOut(2), zero)));
    }

    [Fact]
    public void An_edit_of_the_stream_equals_the_same_edit_of_the_branch_that_wrote_it()
    {
        using Matrix vector = _model.Device.Allocate(1, 64);
        new PhiloxStream(5).FillNormal(vector.AsSpan());
        float[] stream = Gpt2Fixture.Logits(_model, _ids, 2, (HookPoint.ResidualPost(1), new AddVector(vector, 2f)));
        float[] branch = Gpt2Fixture.Logits(_model, _ids, 2, (HookPoint.MlpOut(1), new AddVector(vector, 2f)));
        float[] next = Gpt2Fixture.Logits(_model, _ids, 2, (HookPoint.ResidualPre(2), new AddVector(vector, 2f)));
        Assert.Equal(stream, next);
        for (int i = 0; i < stream.Length; i++) Assert.Equal(stream[i], branch[i], 3e-5f); // the sums round in another order
    }

    [Fact]
    public void Edits_of_a_point_run_in_order_and_the_capture_sees_their_result()
    {
        Gpt2Fixture.Change one = new((context, values) => context.Device.Fill(values, 1f));
        Gpt2Fixture.Change twice = new((context, values) => context.Device.Axpby(1f, values, 1f, values));
        HookPoint point = HookPoint.ResidualMid(0);
        Assert.All(Gpt2Fixture.Capture(_model, _ids, 2, point, (point, one), (point, twice)), value => Assert.Equal(2f, value));
        Assert.All(Gpt2Fixture.Capture(_model, _ids, 2, point, (point, twice), (point, one)), value => Assert.Equal(1f, value));
    }

    [Fact]
    public void An_edit_knows_where_it_is()
    {
        List<EditContext> contexts = [];
        Gpt2Fixture.Change spy = new((context, values) => contexts.Add(context));
        using ModelCache cache = _model.CreateCache(2, 30);
        ForwardPass pass = new ForwardPass().Cache(cache).Edit(HookPoint.MlpOut(1), spy);
        _model.Forward(new TokenBatch(_ids, 2), pass);
        _model.Forward(new TokenBatch([1, 2], 2), pass);
        Assert.Equal([new EditContext(HookPoint.MlpOut(1), _model.Device, 2, 20, 0), new EditContext(HookPoint.MlpOut(1), _model.Device, 2, 1, 20)], contexts);
    }

    [Fact]
    public void What_an_edit_throws_ends_the_pass_and_the_model_goes_on()
    {
        Gpt2Fixture.Change broken = new((_, _) => throw new InvalidOperationException("broken"));
        float[] before = Gpt2Fixture.Logits(_model, _ids, 2);
        Assert.Throws<InvalidOperationException>(() => Gpt2Fixture.Logits(_model, _ids, 2, (HookPoint.MlpOut(1), broken)));
        Assert.Equal(before, Gpt2Fixture.Logits(_model, _ids, 2));
    }

    private Matrix Captured(HookPoint point)
    {
        HookPointShape shape = _model.Description.Shape(point);
        Matrix target = _model.Device.Allocate(shape.Rows(2, 20), shape.Columns(20));
        _model.Forward(new TokenBatch(_ids, 2), new ForwardPass().Capture(point, target));
        return target;
    }
}
