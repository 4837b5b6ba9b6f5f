using SaeSharp.Recipes;

namespace SaeSharp.Tests.Recipes;

public sealed class RecipeDraftTests
{
    private const string TwoDictionaries = "dictionaries: [{ name: poly-sae, latents: 64 }, { name: linear }]";

    [Theory]
    [InlineData("seed", "training.seed")]
    [InlineData("learning-rate", "training.learning_rate")]
    [InlineData("training.warm-up-steps", "training.warm_up_steps")]
    [InlineData("checkpoint-every", "training.checkpoint_every")]
    [InlineData("k", "dictionaries.*.sparsifier.k")]
    [InlineData("latents", "dictionaries.*.latents")]
    [InlineData("aux-k.rule", "dictionaries.*.aux_k.rule")]
    [InlineData("dictionaries.0.decoder.ranks", "dictionaries.0.decoder.ranks")]
    [InlineData("dictionaries.poly-sae.k", "dictionaries.poly-sae.sparsifier.k")]
    [InlineData("name", "name")]
    public void A_flag_finds_its_key(string flag, string path) => Assert.Equal(path, RecipeKeys.Resolve(flag)?.ToString());

    [Theory]
    [InlineData("nosuch")]
    [InlineData("training")]
    [InlineData("training.nosuch")]
    [InlineData("dictionaries")]
    [InlineData("dictionaries.0")]
    [InlineData("dictionaries.0.training.seed")]
    [InlineData("decoder")]
    public void What_is_no_key_is_no_flag(string flag) => Assert.Null(RecipeKeys.Resolve(flag));

    [Fact]
    public void Every_key_is_a_flag()
    {
        Assert.True(RecipeKeys.All.Count > 60, "the recipe has lost its keys");
        foreach (RecipeKey key in RecipeKeys.All) Assert.True(RecipeKeys.Resolve(key.Name) is not null, key.Name);
        foreach (string name in RecipeKeys.FlagNames) Assert.True(RecipeKeys.Resolve(name) is not null, name);
    }

    [Fact]
    public void A_flag_without_a_dictionary_is_for_all_and_one_with_a_name_for_that_one()
    {
        RecipeDraft draft = RecipeDraft.Parse(TwoDictionaries, "r.yaml");
        draft.Set(RecipeKeys.Resolve("k")!, "8", "--k");
        draft.Set(RecipeKeys.Resolve("dictionaries.poly_sae.k")!, "4", "--dictionaries.poly-sae.k");
        draft.Set(RecipeKeys.Resolve("dictionaries.1.decoder.ranks")!, "8, 4,2", "--dictionaries.1.decoder.ranks");
        Recipe recipe = draft.Build();

        Assert.Equal([4.0, 8.0], recipe.Dictionaries.Select(d => d.Sparsifier.K));
        Assert.Equal([8, 4, 2], recipe.Dictionaries[1].Decoder.Ranks);
        Assert.Equal(64, recipe.Dictionaries[0].Latents);
    }

    [Fact]
    public void A_flag_for_a_dictionary_that_is_not_there_names_those_that_are()
    {
        RecipeDraft draft = RecipeDraft.Parse(TwoDictionaries, "r.yaml");
        string message = Assert.Throws<InputException>(() => draft.Set(RecipeKeys.Resolve("dictionaries.third.k")!, "8", "--dictionaries.third.k")).Message;
        Assert.Contains("poly-sae, linear", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_value_names_the_flag()
    {
        RecipeDraft draft = RecipeDraft.Empty();
        draft.Set(RecipeKeys.Resolve("seed")!, "seven", "--seed");
        Assert.StartsWith("--seed: 'training.seed' is 'seven'", Assert.Throws<InputException>(draft.Build).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learning_rat", "learning_rate")]
    [InlineData("latent", "latents")]
    [InlineData("sede", "seed")]
    [InlineData("xyzzy", null)]
    public void The_nearest_name_is_found_if_it_is_near(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Find(written, ["learning_rate", "latents", "seed"]));
}
