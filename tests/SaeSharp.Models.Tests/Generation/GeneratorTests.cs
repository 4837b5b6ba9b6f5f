using SaeSharp.Models.Forward;
using SaeSharp.Models.Generation;
using SaeSharp.Models.Hooks;
using SaeSharp.Models.Tests.Families.Gpt2;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Tests.Generation;

public sealed class GeneratorTests(Gpt2Fixture fixture) : IClassFixture<Gpt2Fixture>
{
    private readonly LanguageModel _model = fixture.Model;

    [Fact]
    public void Greedy_generation_with_a_cache_equals_full_recomputation()
    {
        int[] prompt = Gpt2Fixture.Ids(11, 3);
        List<int> expected = [.. prompt];
        for (int i = 0; i < 40; i++)
        {
            float[] logits = Gpt2Fixture.Logits(_model, [.. expected], 1)[^257..];
            expected.Add(Array.IndexOf(logits, logits.Max()));
        }

        GeneratedSequence result = new Generator(_model).Generate(prompt, new GenerationOptions { MaximumTokens = 40 });
        Assert.Equal(expected[11..], result.Tokens);
        Assert.Equal(FinishReason.MaximumTokens, result.Finish);
    }

    [Fact]
    public void Generation_under_an_edit_equals_full_recomputation_under_it()
    {
        using Matrix vector = _model.Device.Allocate(1, 64);
        new PhiloxStream(8).FillNormal(vector.AsSpan());
        (HookPoint, IEdit)[] edits = [(HookPoint.ResidualPost(1), new AddVector(vector, 3f))];
        int[] prompt = Gpt2Fixture.Ids(11, 3);
        List<int> expected = [.. prompt];
        for (int i = 0; i < 15; i++)
        {
            float[] logits = Gpt2Fixture.Logits(_model, [.. expected], 1, edits)[^257..];
            expected.Add(Array.IndexOf(logits, logits.Max()));
        }

        Generator generator = new(_model);
        IReadOnlyList<int> edited = generator.Generate(prompt, new GenerationOptions { MaximumTokens = 15, Edits = edits }).Tokens;
        Assert.Equal(expected[11..], edited);
        Assert.NotEqual(generator.Generate(prompt, new GenerationOptions { MaximumTokens = 15 }).Tokens, edited);
    }

    [Fact]
    public void A_batch_generates_what_its_sequences_generate_alone_if_nothing_is_drawn()
    {
        int[] prompts = Gpt2Fixture.Ids(3 * 9, 4);
        Generator generator = new(_model);
        GenerationOptions options = new() { MaximumTokens = 20 };
        IReadOnlyList<GeneratedSequence> together = generator.Generate(new TokenBatch(prompts, 3), options);
        for (int i = 0; i < 3; i++) Assert.Equal(generator.Generate(prompts.AsSpan(i * 9, 9), options).Tokens, together[i].Tokens);
    }

    [Fact]
    public void A_sequence_of_a_batch_draws_the_same_whatever_stands_beside_it()
    {
        int[] prompts = Gpt2Fixture.Ids(2 * 9, 4);
        Generator generator = new(_model);
        GenerationOptions options = new() { MaximumTokens = 20, Temperature = 1, Seed = 5 };
        IReadOnlyList<GeneratedSequence> two = generator.Generate(new TokenBatch(prompts, 2), options);
        IReadOnlyList<GeneratedSequence> four = generator.Generate(new TokenBatch([.. prompts, .. prompts], 4), options);
        Assert.Equal(two[0].Tokens, four[0].Tokens);
        Assert.Equal(two[1].Tokens, four[1].Tokens);
        Assert.NotEqual(four[0].Tokens, four[2].Tokens);
        Assert.NotEqual(two[0].Tokens, generator.Generate(new TokenBatch(prompts, 2), options with { Seed = 6 })[0].Tokens);
        Assert.Equal(two[0].Tokens, generator.Generate(prompts.AsSpan(0, 9), options).Tokens);
    }

    [Fact]
    public void A_stop_token_ends_a_sequence_and_is_not_part_of_it()
    {
        int[] prompt = Gpt2Fixture.Ids(11, 3);
        Generator generator = new(_model);
        IReadOnlyList<int> free = generator.Generate(prompt, new GenerationOptions { MaximumTokens = 30 }).Tokens;
        int stop = free[^1];
        int first = free.ToList().IndexOf(stop);
        GeneratedSequence stopped = generator.Generate(prompt, new GenerationOptions { MaximumTokens = 30, StopAt = [stop] });
        Assert.Equal(free.Take(first), stopped.Tokens);
        Assert.Equal(FinishReason.StopToken, stopped.Finish);
    }

    [Fact]
    public void A_full_context_ends_a_sequence()
    {
        GeneratedSequence result = new Generator(_model).Generate(Gpt2Fixture.Ids(130), new GenerationOptions { MaximumTokens = 100 });
        Assert.Equal(FinishReason.ContextFull, result.Finish);
        Assert.Equal(7, result.Tokens.Count); // positions 130 … 135 run six of them; the seventh never runs
        Assert.Throws<InputException>(() => new Generator(_model).Generate(Gpt2Fixture.Ids(137), new GenerationOptions()));
    }

    [Fact]
    public void Tokens_are_reported_as_they_come()
    {
        List<int> reported = [];
        GeneratedSequence result = new Generator(_model).Generate(Gpt2Fixture.Ids(5), new GenerationOptions { MaximumTokens = 9 }, reported.Add);
        Assert.Equal(result.Tokens, reported);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Generator generator = new(_model);
        foreach (GenerationOptions options in (GenerationOptions[])[
            new() { MaximumTokens = 0 }, new() { Temperature = -1 }, new() { Temperature = double.NaN }, new() { Temperature = double.PositiveInfinity },
            new() { TopK = -1 }, new() { TopP = 0 }, new() { TopP = 1.5 }, new() { TopP = double.NaN }])
        {
            Assert.Throws<InputException>(() => generator.Generate([1], options));
        }

        Assert.Throws<InputException>(() => generator.Generate(ReadOnlySpan<int>.Empty, new GenerationOptions()));
    }
}
