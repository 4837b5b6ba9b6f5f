using System.Text.Json;
using SaeSharp.Cli.Framework;
using SaeSharp.Dictionaries;
using SaeSharp.Planning;
using SaeSharp.Recipes;

namespace SaeSharp.Cli.Tests;

public sealed class RecipesTests
{
    private static string Folder => Path.GetDirectoryName(BundledFiles.Find("recipes/default.yaml"))!;

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_recipe_can_be_planned_without_its_model(string file)
    {
        JsonElement plan = Cli.Succeed("plan", Path.Combine(Folder, file), "--gflops", "400", "--bandwidth", "20", "--json").Json;
        Assert.True(plan.GetProperty("memory_bytes").GetDouble() > 1e6);
        Assert.True(plan.GetProperty("expected_seconds").GetDouble() > plan.GetProperty("floor_seconds").GetDouble());
        Assert.True(plan.GetProperty("dictionaries").GetArrayLength() > 0);
    }

    [Fact]
    public void Every_published_configuration_has_its_recipe()
    {
        (string Model, string Hub, string Hook, long Tokens, int[] Ranks)[] models =
        [
            ("gpt2-small", "openai-community/gpt2", "blocks.8.hook_resid_post", 300_000_000, [768, 64, 64]),
            ("pythia-410m", "EleutherAI/pythia-410m-deduped", "blocks.15.hook_resid_post", 500_000_000, [1024, 128, 128]),
            ("pythia-1.4b", "EleutherAI/pythia-1.4b-deduped", "blocks.12.hook_resid_post", 500_000_000, [2048, 128, 128]),
            ("gemma-2-2b", "google/gemma-2-2b", "blocks.12.hook_resid_post", 500_000_000, [2304, 128, 128]),
        ];
        foreach ((string model, string hub, string hook, long tokens, int[] ranks) in models)
        {
            foreach (string rule in (string[])["topk", "batchtopk", "matryoshka"])
            {
                foreach (string decoder in (string[])["linear", "polysae"])
                {
                    Recipe recipe = RecipeFile.Read(Path.Combine(Folder, $"{model}-{rule}-{decoder}.yaml"));
                    DictionarySpec spec = Assert.Single(recipe.Dictionaries);
                    Assert.Equal((hub, hook, tokens), (recipe.Model, recipe.Hook, recipe.Tokens));
                    Assert.Equal((16_384, 64.0), (spec.Latents, spec.Sparsifier.K));
                    Assert.Equal(rule == "topk" ? SparsifierKind.TopK : SparsifierKind.BatchTopK, spec.Sparsifier.Kind);
                    Assert.Equal(rule == "matryoshka" ? [512, 2048, 16_384] : [], spec.Matryoshka.Widths);
                    Assert.Equal(decoder == "polysae" ? ranks : [], spec.Decoder.Ranks);
                    Assert.Equal(ranks[0], PublishedModels.Find(hub)!.Width);
                    Assert.Equal((4096, 3e-4, 1.0, 128), (recipe.Training.Batch, recipe.Training.LearningRate, recipe.Training.Clip, recipe.Data.Context));
                    Assert.Equal((false, false, Normalization.None), (recipe.Data.ExcludeSpecialTokens, recipe.Data.ExcludeNormOutliers, recipe.Data.Normalize));
                    if (decoder == "polysae") Assert.Equal((DecoderStart.Published, EncoderStart.Random), (spec.Decoder.Start, spec.Encoder.Start));
                }
            }
        }
    }

    [Fact]
    public void The_plan_of_the_published_gpt2_run_counts_what_the_paper_counts()
    {
        JsonElement plan = Cli.Succeed("plan", Path.Combine(Folder, "gpt2-small-topk-polysae.yaml"), "--gflops", "400", "--bandwidth", "20", "--json").Json;
        Assert.Equal(73_242, plan.GetProperty("steps").GetInt64());
        Assert.Equal(13_271_810, plan.GetProperty("dictionaries")[0].GetProperty("decoder_parameters").GetInt64());
    }

    [Fact]
    public void The_main_job_trains_twins_that_differ_in_the_decoder_only()
    {
        Recipe recipe = RecipeFile.Read(Path.Combine(Folder, "default.yaml"));
        Assert.Equal(2, recipe.Dictionaries.Count);
        DictionarySpec polysae = recipe.Dictionaries[0], linear = recipe.Dictionaries[1];
        Assert.Equal((DecoderKind.Polynomial, DecoderKind.Linear), (polysae.Decoder.Kind, linear.Decoder.Kind));
        Assert.Equal(polysae.Sparsifier, linear.Sparsifier);
        Assert.Equal((polysae.Latents, polysae.AuxK, polysae.Encoder), (linear.Latents, linear.AuxK, linear.Encoder));
    }
}
