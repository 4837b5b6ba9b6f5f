using SaeSharp.Dictionaries;
using SaeSharp.Recipes;

namespace SaeSharp.Tests.Recipes;

public sealed class RecipeFileTests
{
    [Fact]
    public void Keys_are_snake_case_and_absent_ones_keep_their_defaults()
    {
        Recipe recipe = RecipeFile.Parse(
            """
            model: assets/models/gpt2-tiny
            tokens: 2_000_000
            dictionaries:
              - name: polysae
                latents: 512
                sparsifier: { kind: BatchTopK, k: 12.5 }
                decoder: { kind: polynomial, ranks: [192, 16, 16] }
                matryoshka:
                  widths: [128, 512]
            training: { learning_rate: 3e-4, seed: 18446744073709551615 }
            data: { normalize: none, per-document: true }
            """,
            "r.yaml");

        Assert.Equal("assets/models/gpt2-tiny", recipe.Model);
        Assert.Equal(2_000_000, recipe.Tokens);
        DictionarySpec spec = Assert.Single(recipe.Dictionaries);
        Assert.Equal((SparsifierKind.BatchTopK, 12.5), (spec.Sparsifier.Kind, spec.Sparsifier.K));
        Assert.Equal([192, 16, 16], spec.Decoder.Ranks);
        Assert.Equal([128, 512], spec.Matryoshka.Widths);
        Assert.Equal(new DecoderSpec().Lambda2, spec.Decoder.Lambda2);
        Assert.Equal((3e-4, ulong.MaxValue), (recipe.Training.LearningRate, recipe.Training.Seed));
        Assert.Equal(Normalization.None, recipe.Data.Normalize);
        Assert.True(recipe.Data.PerDocument);
        Assert.Equal(new TrainingSpec().Batch, recipe.Training.Batch);
    }

    [Fact]
    public void A_written_recipe_reads_back_the_same()
    {
        Recipe recipe = new()
        {
            Name = "a: \"strange\" # name\nÄ\u0085",
            Model = "/models/with space",
            Corpus = "- dash.txt",
            Hook = "null",
            Tokens = long.MaxValue,
            Data = new DataSpec { Normalize = Normalization.SqrtWidth, Tensor = "~", OutlierFactor = 0.1 },
            Dictionaries =
            [
                new DictionarySpec
                {
                    Name = "p",
                    Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [8, 4, 2], Lambda2 = -1.0 / 3 },
                    AuxK = new AuxKSpec { Coefficient = 1e-300, Rule = AuxKRule.Sound },
                    Matryoshka = new MatryoshkaSpec { Widths = [2, 4], Weights = [0.1, 0.2, 1] },
                },
                new DictionarySpec { Name = "q", Sparsifier = new SparsifierSpec { Kind = SparsifierKind.JumpRelu, L0Penalty = L0Penalty.Target } },
            ],
            Training = new TrainingSpec { Seed = ulong.MaxValue, LearningRate = 1e-5, Steps = 3, Schedule = Schedule.Cosine },
        };

        string yaml = RecipeFile.ToYaml(recipe);
        Recipe back = RecipeFile.Parse(yaml, "r.yaml");

        Assert.Equal(yaml, RecipeFile.ToYaml(back));
        Assert.Equal(recipe.Name, back.Name);
        Assert.Equal((recipe.Model, recipe.Corpus, recipe.Hook, recipe.Tokens, recipe.Data, recipe.Training), (back.Model, back.Corpus, back.Hook, back.Tokens, back.Data, back.Training));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(recipe.Dictionaries[i].Decoder.Ranks, back.Dictionaries[i].Decoder.Ranks);
            Assert.Equal(recipe.Dictionaries[i].Matryoshka.Weights, back.Dictionaries[i].Matryoshka.Weights);
            Assert.Equal(recipe.Dictionaries[i].Sparsifier, back.Dictionaries[i].Sparsifier);
            Assert.Equal(recipe.Dictionaries[i].AuxK, back.Dictionaries[i].AuxK);
            Assert.Equal(recipe.Dictionaries[i].Decoder.Lambda2, back.Dictionaries[i].Decoder.Lambda2);
        }
    }

    [Fact]
    public void The_short_form_holds_what_differs_from_the_defaults()
    {
        DictionarySpec spec = new() { Name = "p", Decoder = new DecoderSpec { Kind = DecoderKind.Polynomial, Ranks = [8, 4, 2] } };
        Assert.Equal("name: p\ndecoder:\n  kind: polynomial\n  ranks: [8, 4, 2]\n", RecipeFile.ToShortYaml(spec));
        Assert.Equal("", RecipeFile.ToShortYaml(new DictionarySpec()));
    }

    [Theory]
    [InlineData("modle: x", "line 1", "unknown key 'modle'", "did you mean 'model'?")]
    [InlineData("tokens: 1\ntraining:\n  lerning_rate: 1", "line 3", "'training.lerning_rate'", "'learning_rate'")]
    [InlineData("dictionaries:\n  - name: a\n    sparsifier: { kind: topk, kk: 3 }", "line 3", "'dictionaries.0.sparsifier.kk'", "'k'")]
    [InlineData("dictionaries:\n  - sparsifier: { kind: topkk }", "line 2", "'topkk'", "topk, batchtopk, relu, jumprelu")]
    [InlineData("tokens: many", "line 1", "'tokens' is 'many'", "a whole number")]
    [InlineData("tokens: 1.5", "line 1", "'1.5'", "a whole number")]
    [InlineData("data: { context: 99999999999 }", "line 1", "'data.context'", "below 2^31")]
    [InlineData("training: { seed: -1 }", "line 1", "'training.seed'", "not negative")]
    [InlineData("training: { clip: .nan }", "line 1", "'training.clip'", "a number")]
    [InlineData("data: { per_document: 3 }", "line 1", "'data.per_document'", "true or false")]
    [InlineData("data: 3", "line 1", "'data'", "section")]
    [InlineData("- a", "line 1", "a recipe", "section")]
    [InlineData("tokens: [1, 2]", "line 1", "'tokens'", "not a list")]
    [InlineData("dictionaries: { latents: 3 }", "line 1", "'dictionaries'", "list")]
    [InlineData("dictionaries: [{ name: a }, { name: A }]", "named 'a'", "Two", "")]
    [InlineData("tokens: 1\ntokens: 2", "line 2", "not valid YAML", "uplicate")]
    [InlineData("per-x: 1\nper_x: 2", "line 2", "'per_x'", "twice")]
    [InlineData("model: &a x\ncorpus: *a", "line 1", "anchors", "")]
    [InlineData("model: 'x", "line", "not valid YAML", "")]
    [InlineData("model: x\n---\nmodel: y", "2 YAML documents", "r.yaml", "")]
    [InlineData("data: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}}}}}}}}}}}", "line 1", "deep", "")]
    public void A_wrong_recipe_is_refused_in_one_sentence_that_says_where_and_what(string yaml, string where, string what, string mend)
    {
        InputException exception = Assert.Throws<InputException>(() => RecipeFile.Parse(yaml, "r.yaml"));

        Assert.Contains(where, exception.Message, StringComparison.Ordinal);
        Assert.Contains(what, exception.Message, StringComparison.Ordinal);
        Assert.Contains(mend, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_missing_file_and_a_file_that_is_no_text_are_refused_by_name()
    {
        string path = Path.Combine(Path.GetTempPath(), $"saesharp-{Guid.NewGuid():N}.yaml");
        Assert.Contains(path, Assert.Throws<InputException>(() => RecipeFile.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, [0xc3, 0x28]);
        try
        {
            Assert.Contains("UTF-8", Assert.Throws<InputException>(() => RecipeFile.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
